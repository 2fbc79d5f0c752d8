"""How loud sound is, and whether the microphone overloads."""

from __future__ import annotations

import math

import numpy as np

from lamp.recorder.block import Samples

FULL_SCALE = 32768
QUIETEST = -100.0  # dB, said of digital silence
OVERLOADED = 32_700  # steps from which a sample counts as clipped


def level_db(samples: Samples) -> float:
    """RMS of int16 samples [n] in dB relative to full scale; -100 for silence or nothing."""
    if not len(samples):
        return QUIETEST
    wide = samples.astype(np.float32)
    mean_square = float(wide @ wide) / len(samples) / FULL_SCALE**2
    return max(QUIETEST, 10 * math.log10(mean_square)) if mean_square > 0 else QUIETEST


def clipped_share(samples: Samples) -> float:
    """Share of int16 samples [n] at full scale, 0..1."""
    if not len(samples):
        return 0.0
    over = (samples >= OVERLOADED) | (samples <= -OVERLOADED)
    return float(np.count_nonzero(over)) / len(samples)


class LevelMeter:
    """What `lamp status` shows of the microphone: level now, loudest and clipping lately."""

    MEMORY = 300  # blocks, about 10 s

    def __init__(self) -> None:
        self.level_db = QUIETEST
        self.loudest_db = QUIETEST
        self.clipped = 0.0
        self.zeros = 0  # blocks of digital silence on end
        self._fade = 1 / self.MEMORY

    def hear(self, samples: Samples) -> float:
        """Take one block in; its level in dB."""
        level = level_db(samples)
        self.level_db += 0.2 * (level - self.level_db)
        self.loudest_db = max(level, self.loudest_db - 6 * self._fade)
        self.clipped += self._fade * (clipped_share(samples) - self.clipped)
        self.zeros = self.zeros + 1 if level <= QUIETEST else 0
        return level
