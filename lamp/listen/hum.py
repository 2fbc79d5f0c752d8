"""Mains hum: how much of a quiet room's sound lies on the harmonics of 50 or 60 Hz."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import BLOCK, Samples
from lamp.recorder.level import FULL_SCALE, QUIETEST

WINDOW = 32 * BLOCK  # samples, 1 s: tells 50 from 60 Hz and a hum from the noise beside it
MAINS = (50, 60)  # Hz, of all countries
HARMONICS = 20
LOWEST = 20.0  # Hz; below lie wind and the converter's offset
WIDTH = 3.0  # Hz to either side: the window's own width
BESIDE = 8.0  # Hz to either side: there lies what would be there without a hum


@dataclass(frozen=True)
class Hum:
    """The stronger one of the two.

    mains: Hz, 50 or 60.
    share: of the power of the quiet parts, 0..1.
    level_db: dB relative to full scale.
    """

    mains: int
    share: float
    level_db: float


class QuietSpectrum:
    """The mean spectrum of the quiet parts; it keeps no sound but the last second's."""

    def __init__(self) -> None:
        self._window = np.hanning(WINDOW)
        self._hertz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
        self._power = np.zeros(len(self._hertz))
        self._windows = 0
        self._pieces: list[Samples] = []

    def hear(self, samples: Samples) -> None:
        """Take in int16 samples [512] of a quiet moment that follows on the one before."""
        self._pieces.append(samples)
        if len(self._pieces) * BLOCK < WINDOW:
            return
        sound = np.concatenate(self._pieces).astype(np.float64) / FULL_SCALE * self._window
        self._pieces = []
        self._power += np.abs(np.fft.rfft(sound)) ** 2
        self._windows += 1

    def interrupt(self) -> None:
        """It was not quiet: what comes next does not follow on what came before."""
        self._pieces = []

    def hum(self) -> Hum | None:
        """What hums; None where there was no whole second of quiet sound."""
        if not self._windows or self._power[self._hertz >= LOWEST].sum() <= 0:
            return None
        return max((self._hum_of(mains) for mains in MAINS), key=lambda hum: hum.share)

    def _hum_of(self, mains: int) -> Hum:
        found = 0.0
        for harmonic in range(1, HARMONICS + 1):
            distance = np.abs(self._hertz - harmonic * mains)
            on, beside = distance <= WIDTH, (distance > WIDTH) & (distance <= BESIDE)
            found += float(self._power[on].sum() - on.sum() * self._power[beside].mean())
        found = max(0.0, found)
        share = found / float(self._power[self._hertz >= LOWEST].sum())
        mean_square = 2 * found / (self._windows * WINDOW * float((self._window**2).sum()))
        level = max(QUIETEST, 10 * math.log10(mean_square)) if mean_square > 0 else QUIETEST
        return Hum(mains, min(1.0, share), level)
