"""Made-up sounds, and a voice activity detector that hears what the test says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import BLOCK, Block

Sound = NDArray[np.int16]


class LoudVoice:
    """Takes everything above a level for speech; counts how often it was asked."""

    def __init__(self, level: float = 0.015) -> None:
        self._level = level
        self.asked = 0
        self.forgot = 0

    def hear(self, samples: NDArray[np.float32]) -> float:
        self.asked += 1
        return 0.95 if float(np.sqrt(np.mean(samples**2))) > self._level else 0.02

    def forget(self) -> None:
        self.forgot += 1


def noise(seconds: float, rms: float, seed: int = 0) -> Sound:
    rng = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE)
    return np.clip(rng.standard_normal(count) * rms, -32768, 32767).astype(np.int16)


def hush(seconds: float) -> Sound:
    return noise(seconds, rms=8)


def speech(seconds: float, rms: float = 3000, seed: int = 1) -> Sound:
    """Not speech, but as loud and as uneven, and LoudVoice believes it."""
    sound = noise(seconds, rms, seed).astype(np.float64)
    beat = 1 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(len(sound)) / SAMPLE_RATE)
    return np.clip(sound * beat, -32768, 32767).astype(np.int16)


def whistle(seconds: float, pitch: float = 1500.0, rms: float = 2000.0) -> Sound:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    swing = pitch * (1 + 0.2 * np.sin(2 * np.pi * 1.3 * time))
    wave = np.sin(2 * np.pi * np.cumsum(swing) / SAMPLE_RATE)
    return (wave * rms * np.sqrt(2) + hush(seconds)).astype(np.int16)


def joined(*parts: Sound) -> Sound:
    return np.concatenate(parts)


def blocks(sound: Sound, started: float = 0.0) -> Iterator[Block]:
    for offset in range(0, len(sound) // BLOCK * BLOCK, BLOCK):
        yield Block(sound[offset : offset + BLOCK], started + offset / SAMPLE_RATE)
