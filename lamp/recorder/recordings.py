"""Plays WAV files as if a microphone picked them up, one after the other."""

from __future__ import annotations

import logging
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from lamp.clock import Clock
from lamp.errors import BadRecording
from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import BLOCK, BLOCK_SECONDS, Block, Samples
from lamp.recorder.wav import WavFile

PAUSE = 1.5  # s of silence after each recording, so that each ends its own utterance

log = logging.getLogger(__name__)


def recordings_in(place: Path) -> list[Path]:
    """The WAV file ``place``, or those in the folder ``place``, by name.

    Raises:
        BadRecording: there is none.
    """
    try:
        status = place.stat()
    except PermissionError as error:
        who = pwd.getpwuid(os.getuid()).pw_name
        raise BadRecording(
            f"the user {who} may not read {place}. Copy it to where that may, such as /tmp"
        ) from error
    except OSError:
        status = None
    if status is not None and stat.S_ISDIR(status.st_mode):
        found = sorted(path for path in place.rglob("*") if _is_recording(path))
        if not found:
            raise BadRecording(f"no WAV file in {place}. Name a WAV file or a folder of them")
        return found
    if status is None:
        raise BadRecording(f"there is no {place}. Name a WAV file or a folder of them")
    return [place]


def _is_recording(path: Path) -> bool:
    """By its name. macOS puts files "._NAME" beside others, which hold no sound."""
    return path.suffix.lower() == ".wav" and not path.name.startswith("._")


class Recordings:
    """Blocks of sound from files.

    Args:
        paths: of WAV files. Bad ones are skipped with a line in the log.
        started: time of the first sample, s on the lamp's clock.
    """

    def __init__(self, paths: list[Path], started: float) -> None:
        self._paths = paths
        self._now = started

    def blocks(self) -> Iterator[Block]:
        """Every block; samples never touch the disk again.

        Raises:
            BadRecording: not one of the files could be read.
        """
        played = False
        first: BadRecording | None = None
        for path in self._paths:
            try:
                recording = WavFile(path)
                log.info("playing %s, %.1f s", path.name, recording.seconds)
                if recording.missing:
                    log.warning("%s is cut off: %.1f s are missing", path.name, recording.missing)
                yield from self._cut(recording.pieces())
            except BadRecording as error:
                log.warning("%s", error)
                first = first or error
            else:
                played = True
        if first is not None and not played:
            raise first

    def silence(self) -> Iterator[Block]:
        """Endless silence, for after the last recording."""
        while True:
            yield self._block(np.zeros(BLOCK, np.int16))

    def _cut(self, pieces: Iterator[Samples]) -> Iterator[Block]:
        pause = np.zeros(round(PAUSE * SAMPLE_RATE), np.int16)
        rest = np.zeros(0, np.int16)
        for piece in chain(pieces, (pause,)):
            rest = np.concatenate((rest, piece))
            whole = len(rest) // BLOCK * BLOCK
            for offset in range(0, whole, BLOCK):
                yield self._block(rest[offset : offset + BLOCK])
            rest = rest[whole:]

    def _block(self, samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> Block:
        block = Block(samples, self._now)
        self._now += BLOCK_SECONDS
        return block


def in_real_time(
    blocks: Iterator[Block], clock: Clock, sleep: Callable[[float], None]
) -> Iterator[Block]:
    """Hold every block back until ``clock`` says that it has been played.

    Never for longer than it lasts: where blocks are far ahead of the clock, because what came
    before them was played faster, they come as time passes.
    """
    for block in blocks:
        ahead = block.ended - clock.now()
        if ahead > 0:
            sleep(min(ahead, BLOCK_SECONDS))
        yield block
