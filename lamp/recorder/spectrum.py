"""How loud a block is where voices live, and how much of it is one periodic sound."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import BLOCK, Samples
from lamp.recorder.level import FULL_SCALE, QUIETEST

WINDOW = 2 * BLOCK  # samples looked at, 64 ms
LOWEST = 120.0  # Hz; below lie mains hum, rumble and steps
HIGHEST_PITCH = 4500.0  # Hz, of a whistle
LOWEST_PITCH = 90.0  # Hz, of a hum


class Spectrum:
    """Looks at the last two blocks. `hear` each block, then ask."""

    def __init__(self) -> None:
        self._last: deque[Samples] = deque([np.zeros(BLOCK, np.int16)] * 2, maxlen=2)
        self._hann = np.hanning(WINDOW).astype(np.float32)
        self._first_bin = math.ceil(LOWEST * WINDOW / SAMPLE_RATE)
        # The window's own autocorrelation falls off with the lag: divided out below.
        self._fade = np.fft.irfft(np.abs(np.fft.rfft(self._hann, 2 * WINDOW)) ** 2)[:WINDOW]
        self._power = np.zeros(WINDOW + 1)

    def hear(self, samples: Samples) -> float:
        """Take in int16 samples [512]; level above 120 Hz, dB relative to full scale."""
        self._last.append(samples)
        block = np.fft.rfft(samples.astype(np.float32) / FULL_SCALE)
        power = np.abs(block[self._first_bin // 2 :]) ** 2
        mean_square = 2 * float(power.sum()) / BLOCK**2
        return max(QUIETEST, 10 * math.log10(mean_square)) if mean_square > 0 else QUIETEST

    def periodicity(self) -> float:
        """How alike the sound is to itself one period later, 0 (noise) .. 1 (a pure tone).

        The highest normalised autocorrelation between the lags of 4500 and 90 Hz, past the
        first zero crossing (near lag 0 every low-pitched noise resembles itself).
        """
        joined = np.concatenate(self._last).astype(np.float32) / FULL_SCALE * self._hann
        power = np.abs(np.fft.rfft(joined, 2 * WINDOW)) ** 2
        power[: 2 * self._first_bin] = 0
        likeness = np.fft.irfft(power)[:WINDOW]
        if likeness[0] <= 0:
            return 0.0
        likeness = likeness / likeness[0] * (self._fade[0] / np.maximum(self._fade, 1e-9))
        crossed = np.flatnonzero(likeness < 0)
        shortest, longest = int(SAMPLE_RATE / HIGHEST_PITCH), int(SAMPLE_RATE / LOWEST_PITCH)
        if not len(crossed) or crossed[0] >= longest:
            return 0.0
        return float(np.clip(likeness[max(shortest, crossed[0]) : longest].max(), 0.0, 1.0))
