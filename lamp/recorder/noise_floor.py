"""The level of the room when nobody speaks, tracked as it changes."""

from __future__ import annotations

from lamp.recorder.block import BLOCK_SECONDS


class NoiseFloor:
    """Falls quickly to every new quiet, rises slowly under a lasting noise.

    Args:
        level: dB to begin with. Low, so that the first sound after the start is listened to.
    """

    FALL = 0.2  # share of the way down per block
    RISE = 4.0  # dB/s while what is heard is surely no speech
    RISE_IN_DOUBT = 1.0  # dB/s

    def __init__(self, level: float = -75.0) -> None:
        self.level_db = level

    def hear(self, level: float, speech: float) -> None:
        """Take one block in.

        Args:
            level: of the block, dB relative to full scale.
            speech: probability that it was speech, 0..1; speech does not raise the floor.
        """
        if level < self.level_db:
            self.level_db += self.FALL * (level - self.level_db)
            return
        rate = self.RISE if speech < 0.1 else self.RISE_IN_DOUBT if speech < 0.4 else 0.0
        self.level_db = min(level, self.level_db + rate * BLOCK_SECONDS)
