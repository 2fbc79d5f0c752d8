"""Does another processor hear the same? The shipped model on the shipped clips, kept or compared.

    python -m bench.same_on_arm --keep here.npz       on one machine
    python -m bench.same_on_arm --against here.npz    on the other

Without a board the other machine can be qemu, whose `-cpu cortex-a53` has just the instructions
that Le Potato has. ROOT is an arm64 Debian with python3 (`mmdebstrap --architectures=arm64
--variant=extract --include=python3 bookworm ROOT`), SITE a folder with the unpacked aarch64 wheels
of numpy and onnxruntime (`pip download --platform manylinux_2_28_aarch64 --only-binary=:all:`):

    qemu-aarch64-static -cpu cortex-a53 -L ROOT -E PYTHONHOME=ROOT/usr -E PYTHONPATH=SITE:. \\
        ROOT/usr/bin/python3.11 -m bench.same_on_arm --against here.npz --clips 6
"""

from __future__ import annotations

import argparse
import platform
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np

from lamp.recorder.wav import read_recording
from lamp.simulate.repertoire import CLIPS, load_clips
from lamp.transcriber.ctc import best_path
from lamp.transcriber.transcriber import Transcriber

SHIPPED = Path(__file__).resolve().parents[1] / "models" / "potato-wav2vec2"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--keep", type=Path, help="write what this machine hears")
    what.add_argument("--against", type=Path, help="compare with what another one heard")
    parser.add_argument("--clips", type=int, default=12, help="how many, spread over all")
    options = parser.parse_args()
    heard = hear(options.clips)
    if options.keep:
        np.savez(options.keep, **heard)  # type: ignore[arg-type]
    else:
        with np.load(options.against) as other:
            compare(heard, dict(other))


def hear(most: int) -> dict[str, np.ndarray]:
    """Log probabilities of each clip, shape [frames, symbols]."""
    transcriber = Transcriber.from_directory(SHIPPED)
    names = sorted(clip.file for clip in load_clips())
    names = names[:: max(1, len(names) // most)][:most]
    began, seconds, heard = perf_counter(), 0.0, {}
    for name in names:
        samples = read_recording(CLIPS / name).samples.astype(np.float32) / np.float32(32768)
        seconds += len(samples) / 16_000
        heard[name] = transcriber.model.log_probabilities(samples)
    took = perf_counter() - began
    print(
        f"{platform.machine()}, onnxruntime {version('onnxruntime')}, numpy {np.__version__}: ",
        end="",
    )
    print(f"{len(names)} clips of {seconds:.0f} s in {took:.1f} s")
    return heard


def compare(heard: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    """Print how far apart the two are."""
    alphabet = Transcriber.from_directory(SHIPPED).model.directory.alphabet
    shared = [name for name in heard if name in other]
    if not shared:
        raise SystemExit("no clip in common: use the same --clips on both machines")
    apart = [np.abs(np.exp(heard[name]) - np.exp(other[name])).max() for name in shared]
    texts = [best_path(heard[n], alphabet)[0] == best_path(other[n], alphabet)[0] for n in shared]
    print(
        f"same text: {sum(texts)} of {len(texts)}; probabilities differ by at most {max(apart):.1e}"
    )


if __name__ == "__main__":
    main()
