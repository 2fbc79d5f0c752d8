"""Stage 3: what the phoneme teacher hears in every 20 ms of every clip of the store.

    python -m models.recipe.teacher --store STORE SOURCE [SOURCE ...]

The teacher is hama (Apache-2.0), a phoneme CTC model with the frame rate of wav2vec2. It hears
each clip clean, at a good level and with half a second of silence around it; the student later
hears the same clip from afar, in noise and at any level, and must say the same. Probabilities are
kept as bytes of their square root, folded from 191 phonemes into the letters of `letters`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.recipe.letters import BLANK, LETTERS, fold_matrix
from models.recipe.store import Samples, Source

FRAME = 320  # samples between two frames of the teacher
EDGE = 25 * FRAME  # silence before and after
PEAK = 0.6
# hama leaves out sounds rather than guess; with blanks this much less likely it does not: its
# 3-shot of Spanish 58 -> 70 %, of digits 81 -> 85 %. Noise and pauses teach what silence is.
BLANK_SHARE = 0.15

Posteriors = NDArray[np.float32]


class Teacher:
    """Frame posteriors of hama, folded into letters."""

    def __init__(self) -> None:
        from hama import ASRModel

        self._model: Any = ASRModel()
        self._fold = fold_matrix(self._model.decoder_tokens)

    def __call__(self, samples: Samples) -> Posteriors:
        """Letter probabilities of every 20 ms, shape [n // 320 + 1, letters]."""
        level = PEAK / max(float(np.abs(samples).max()), 1e-4)
        wave = np.pad(samples * level, (EDGE, EDGE + FRAME)).astype(np.float32)[None]
        found, _ = self._model.session.run(
            ["log_probs", "out_lengths"],
            {"waveform": wave, "waveform_lengths": np.array([wave.shape[1]], dtype=np.int64)},
        )
        count = len(samples) // FRAME + 1
        first = EDGE // FRAME
        heard: Posteriors = np.exp(found[0][first : first + count]) @ self._fold
        return heard


def pack(posteriors: Posteriors) -> NDArray[np.uint8]:
    """Bytes of square roots: small probabilities keep their order of magnitude."""
    return np.round(np.sqrt(np.clip(posteriors, 0, 1)) * 255).astype(np.uint8)


def unpack(packed: NDArray[np.uint8], blank: float = 1.0) -> Posteriors:
    """Undo `pack`, with blanks only `blank` times as likely; rows sum to one."""
    squares = np.square(packed.astype(np.float32) / 255)
    squares[:, BLANK] *= blank
    rows: Posteriors = squares / squares.sum(axis=-1, keepdims=True)
    return rows


def frames_of(length: int) -> int:
    """Frames the teacher gives for a clip of `length` samples."""
    return length // FRAME + 1


class Heard:
    """What the teacher heard in the first `len(self)` clips of a source."""

    def __init__(self, folder: Path, source: Source) -> None:
        path = folder / f"{source.name}.phones"
        width = len(LETTERS)
        rows = path.stat().st_size // width if path.exists() else 0
        ends = np.cumsum([frames_of(clip.length) for clip in source.clips])
        self._count = int(np.searchsorted(ends, rows, side="right"))
        self._starts = np.concatenate([[0], ends])
        self._bytes = (
            np.memmap(path, dtype=np.uint8, mode="r", shape=(rows, width)) if rows else None
        )

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Posteriors:
        """Letter probabilities of a clip, shape [frames, letters]."""
        assert self._bytes is not None
        return unpack(self._bytes[self._starts[number] : self._starts[number + 1]], BLANK_SHARE)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Ask the phoneme teacher about every clip.")
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--store", type=Path, required=True)
    options = parser.parse_args()
    teacher = Teacher()
    for name in options.sources:
        listen(teacher, options.store, Source(options.store, name))


def listen(teacher: Teacher, store: Path, source: Source) -> None:
    """Go on where the last run stopped."""
    done = len(Heard(store, source))
    path = store / f"{source.name}.phones"
    path.touch()
    with path.open("r+b") as file:
        rows = sum(frames_of(clip.length) for clip in source.clips[:done])
        file.seek(rows * len(LETTERS))
        file.truncate()
        for number in range(done, len(source)):
            file.write(pack(teacher(source.samples(number))).tobytes())
    print(f"{source.name}: {len(source)} clips, {source.seconds / 3600:.2f} h")


if __name__ == "__main__":
    main()
