"""Clips on disk: one flat file of samples per source and an index beside it.

A source `name` is `name.i16` (int16, 16 kHz, mono, all clips end to end) and `name.jsonl`, a
line per clip. A teacher adds `name.phones` (see `teacher`). Writing appends, so a stage that was
interrupted goes on after its last whole clip.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
FULL_SCALE = 32_767

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """Where a clip lies in its source (in samples), what it is and what was said, if known."""

    key: str
    start: int
    length: int
    text: str = ""
    voice: str = ""


class Source:
    """The clips of one source, read through a memory map."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.path = folder / f"{name}.i16"
        self.clips = list(read_index(folder / f"{name}.jsonl"))
        samples = sum(clip.length for clip in self.clips)
        self._pcm = np.memmap(self.path, dtype="<i2", mode="r", shape=(samples,))

    def __len__(self) -> int:
        return len(self.clips)

    def samples(self, number: int) -> Samples:
        """Samples of a clip, -1..1, shape [n]."""
        clip = self.clips[number]
        pcm = self._pcm[clip.start : clip.start + clip.length]
        samples: Samples = pcm.astype(np.float32) / np.float32(FULL_SCALE)
        return samples

    @property
    def seconds(self) -> float:
        """Length of all clips together."""
        return sum(clip.length for clip in self.clips) / RATE


class Writer:
    """Append clips to a source; `known` are the keys that are there already."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._pcm_path, self._index_path = folder / f"{name}.i16", folder / f"{name}.jsonl"
        clips = list(read_index(self._index_path))
        self.known = {clip.key for clip in clips}
        self._end = sum(clip.length for clip in clips)
        self._pcm_path.touch()
        with self._pcm_path.open("r+b") as file:
            file.truncate(2 * self._end)  # half a clip from an interrupted run
        cut_half_line(self._index_path)
        self._pcm = self._pcm_path.open("ab")
        self._index = self._index_path.open("a", encoding="utf-8")

    def add(self, key: str, samples: Samples, text: str = "", voice: str = "") -> None:
        """Append a clip; one whose key is known is left out."""
        if key in self.known or not len(samples):
            return
        self._pcm.write((np.clip(samples, -1, 1) * FULL_SCALE).astype("<i2").tobytes())
        self._pcm.flush()
        clip = Clip(key, self._end, len(samples), text, voice)
        self._index.write(json.dumps(asdict(clip), ensure_ascii=False) + "\n")
        self._index.flush()
        self._end += len(samples)
        self.known.add(key)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pcm.close()
        self._index.close()


def cut_half_line(path: Path) -> None:
    """Take off what follows the last whole line: an interrupted run left it."""
    if path.exists():
        whole = path.read_bytes().rfind(b"\n") + 1
        os.truncate(path, whole)


def read_index(path: Path) -> Iterator[Clip]:
    """Clips of an index; a half-written last line is left out, a missing file is empty."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield Clip(**json.loads(line))
