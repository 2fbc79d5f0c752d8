"""Sound in equal pieces, each with the time at which it began."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lamp.messages import SAMPLE_RATE

Samples = NDArray[np.int16]

BLOCK = 512  # samples, 32 ms: what the voice activity detector wants
BLOCK_SECONDS = BLOCK / SAMPLE_RATE
GAP = 0.05  # s by which a piece may begin off its time before sound counts as missing


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of sound.

    Args:
        samples: int16, shape [n], 16 kHz mono.
        started: time of the first sample, s on the lamp's clock.
    """

    samples: Samples
    started: float

    @property
    def ended(self) -> float:
        """Time just after the last sample, s."""
        return self.started + len(self.samples) / SAMPLE_RATE


class Blocks:
    """Cuts pieces of any length into blocks of exactly 512 samples."""

    def __init__(self) -> None:
        self._rest: Samples = np.empty(0, np.int16)
        self._started = 0.0  # s, of the rest's first sample
        self._expected: float | None = None  # s, when the next piece should begin

    def gap_before(self, piece: Block) -> bool:
        """Whether sound is missing (or time went back) between the last piece and this one."""
        return self._expected is not None and abs(piece.started - self._expected) > GAP

    def back_in_time(self, piece: Block) -> bool:
        """Whether it begins before the last piece ended, as when a clock was put back."""
        return self._expected is not None and piece.started < self._expected - GAP

    def forget(self) -> None:
        """Drop the rest: what comes next does not follow on it."""
        self._rest = np.empty(0, np.int16)
        self._expected = None

    def cut(self, piece: Block) -> Iterator[Block]:
        """The blocks that are whole now; what remains waits for the next piece.

        A piece that does not follow on the last one starts afresh.
        """
        if self.gap_before(piece):
            self.forget()
        if self._expected is None:
            self._started = piece.started
        samples = np.concatenate((self._rest, piece.samples))
        whole = len(samples) // BLOCK * BLOCK
        started = self._started
        self._rest = samples[whole:]
        self._started = started + whole / SAMPLE_RATE
        self._expected = self._started + len(self._rest) / SAMPLE_RATE
        for offset in range(0, whole, BLOCK):
            yield Block(samples[offset : offset + BLOCK], started + offset / SAMPLE_RATE)
