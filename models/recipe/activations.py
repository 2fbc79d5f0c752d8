"""What the shipped network's blocks make of renderings of the clips in the store.

    python -m models.recipe.activations --store S NAME[=PATTERN] ... --renderings 2

The network is frozen, so its activations are made once: `NAME.steps` (float16, all renderings end
to end, a row of `WIDTH` numbers every 40 ms) and `NAME.steps.jsonl`, a line per rendering. Clips
come in a random order (`NAME=PATTERN`, see `takes`: one voice after another, `--takes` of each
word), one rendering of each before the second of any, so that the stage can be stopped at any
time, goes on where it was, and what is there is a fair sample.
"""

from __future__ import annotations

import argparse
import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper

from models.recipe.renderings import Places
from models.recipe.store import RATE, Samples, Source, cut_half_line
from models.recipe.takes import parsed, said_in

SHIPPED = Path(__file__).resolve().parents[1] / "potato-wav2vec2" / "model.onnx"
TAPS = ("/blocks.2/Add_2_output_0", "/blocks.4/Add_2_output_0")  # the third block, the last
TWO_SHIFTS = "/Concat_2_output_0"  # the mel bands at both shifts, see `model.Twice`
WIDTH = 192 * len(TAPS)
STEP = 640  # samples: 40 ms
LONGEST_S = 9.0

Steps = NDArray[np.float16]


@dataclass(frozen=True)
class Place:
    """Where a rendering lies in the file (in steps), of which clip, and how to find it there."""

    clip: int
    start: int
    length: int
    offset: float  # steps before the clip
    speed: float


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Activations of renderings.")
    parser.add_argument("sources", nargs="+", help="NAME or NAME=PATTERN, see `takes`")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--renderings", type=int, default=2)
    parser.add_argument("--takes", type=int, default=5, help="at most, of a word by a voice")
    parser.add_argument("--most", type=int, default=1_000_000, help="clips of a source")
    options = parser.parse_args()
    trunk, places = Trunk(options.model), Places(11)
    for name, pattern in map(parsed, options.sources):
        source = Source(options.store, name)
        wanted = order(source, pattern, options.most, options.takes, options.renderings)
        with Writer(options.store, name) as writer:
            for clip, rendering in wanted:
                if (clip, rendering) not in writer.known:
                    writer.add(*rendered(trunk, places, source, clip, rendering))
            print(f"{name}: {len(writer.known)} renderings", flush=True)


def order(
    source: Source, pattern: str, most: int, takes: int, renderings: int
) -> Iterator[tuple[int, int]]:
    """(clip, rendering), always in the same random order; of takes, one voice after another."""
    rng = np.random.default_rng(3)
    said = said_in(source, pattern)
    numbers = [int(number) for number in rng.permutation(sorted(said))]
    if "?P<word>" in pattern:
        numbers = [
            number
            for voice in by(numbers, lambda number: said[number].voice)
            for word in by(voice, lambda number: said[number].word)
            for number in word[:takes]
            if len(word) > 1  # nothing is like a word said once
        ]
    for rendering in range(renderings):
        for number in numbers[:most]:
            yield number, rendering


def by(numbers: list[int], key: Callable[[int], str]) -> list[list[int]]:
    """Numbers of one key together, in the order in which each key comes first."""
    found: dict[str, list[int]] = {}
    for number in numbers:
        found.setdefault(key(number), []).append(number)
    return list(found.values())


def rendered(
    trunk: Trunk, places: Places, source: Source, clip: int, number: int
) -> tuple[int, int, Steps, float, float]:
    """Everything `Writer.add` wants; the same for the same clip and number."""
    rng = np.random.default_rng([zlib.crc32(source.name.encode()), clip, number])
    samples = source.samples(clip)[: int(LONGEST_S * RATE)]
    company = source.samples(int(rng.integers(len(source))))
    one = places.render(rng, samples, company)
    return clip, number, trunk.steps(one.samples), one.offset / STEP, one.speed


class Trunk:
    """The shipped network up to its last block, heard at one shift: half the work."""

    def __init__(self, path: Path) -> None:
        model = onnx.load(path)
        both = next(node for node in model.graph.node if TWO_SHIFTS in node.output)
        first = helper.make_node("Identity", [both.input[0]], [TWO_SHIFTS])
        both.CopyFrom(first)
        del model.graph.output[:]
        for tap in TAPS:
            model.graph.output.append(helper.make_tensor_value_info(tap, 1, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def steps(self, samples: Samples) -> Steps:
        """Samples [n] -> activations [n // 640 + 1, WIDTH]."""
        taps = self._session.run(list(TAPS), {"input_values": samples[None]})
        steps: Steps = np.concatenate([tap[0] for tap in taps], axis=1).astype(np.float16)
        return steps[: len(samples) // STEP + 1]


class Writer:
    """Append renderings to a source's activations; `known` are those that are there."""

    def __init__(self, folder: Path, name: str) -> None:
        self._steps_path, self._index_path = folder / f"{name}.steps", index_path(folder, name)
        lines = list(read_lines(self._index_path))
        self.known = {(line["clip"], line["rendering"]) for line in lines}
        self._end = sum(line["length"] for line in lines)
        self._steps_path.touch()
        with self._steps_path.open("r+b") as file:
            file.truncate(self._end * WIDTH * 2)  # half a rendering of an interrupted run
        cut_half_line(self._index_path)
        self._steps = self._steps_path.open("ab")
        self._index = self._index_path.open("a", encoding="utf-8")

    def add(self, clip: int, rendering: int, steps: Steps, offset: float, speed: float) -> None:
        """Append one."""
        self._steps.write(steps.tobytes())
        self._steps.flush()
        place = Place(clip, self._end, len(steps), round(offset, 3), round(speed, 5))
        self._index.write(json.dumps({"rendering": rendering, **asdict(place)}) + "\n")
        self._index.flush()
        self._end += len(steps)
        self.known.add((clip, rendering))

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._steps.close()
        self._index.close()


class Activations:
    """The renderings of a source, through a memory map."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        lines = list(read_lines(index_path(folder, name)))
        self.places = [
            Place(**{key: line[key] for key in line if key != "rendering"}) for line in lines
        ]
        count = sum(place.length for place in self.places)
        self._steps = np.memmap(
            folder / f"{name}.steps", dtype="<f2", mode="r", shape=(count, WIDTH)
        )

    def steps(self, number: int, first: int = 0, last: int | None = None) -> Steps:
        """Steps of a rendering, from `first` to before `last`; shape [n, WIDTH]."""
        place = self.places[number]
        end = place.length if last is None else min(last, place.length)
        return np.asarray(self._steps[place.start + first : place.start + end])


def index_path(folder: Path, name: str) -> Path:
    """The lines beside the activations of a source."""
    return folder / f"{name}.steps.jsonl"


def read_lines(path: Path) -> Iterator[dict[str, float]]:
    """Lines of an index; a half-written last line is left out, a missing file is empty."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)


if __name__ == "__main__":
    main()
