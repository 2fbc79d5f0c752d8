"""One clip as a lamp might hear it: other speed, room, microphone, noise, level, company."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.recipe.batches import faster, microphone
from models.recipe.noises import ROOM_SAMPLES, make_noises, make_room
from models.recipe.store import RATE, Samples

Rng = np.random.Generator

SPEEDS = (0.85, 1.15)
LEVELS_DB = (-45.0, -18.0)
NOISE_DB = (8.0, 30.0)  # below the speech
SILENCE_S = 0.35  # at most, before and after
COMPANY = 0.2  # share of renderings with somebody else's sound at an edge
COMPANY_S = (0.08, 0.3)
TAIL = 1_600  # samples of echo that are kept after the last word


@dataclass(frozen=True)
class Rendering:
    """Samples [n], and how to find the clip in them."""

    samples: Samples
    offset: int  # samples before the clip
    speed: float  # the clip was played this many times as fast


class Places:
    """Rooms and noises, made once from a seed."""

    def __init__(self, seed: int, rooms: int = 100, noises: int = 49) -> None:
        rng = np.random.default_rng(seed)
        self.rooms = [make_room(rng) for _ in range(rooms)]
        self.noises = make_noises(rng, noises, 10.0)

    def render(self, rng: Rng, clip: Samples, company: Samples) -> Rendering:
        """A clip somewhere; `company` is another clip of which a piece may be heard too."""
        speed = float(np.exp(rng.uniform(*np.log(SPEEDS))))
        wave, offset = surrounded(rng, faster(clip, speed), company)
        wave = self._in_a_room(rng, wave)
        wave *= 10 ** (rng.uniform(*LEVELS_DB) / 20) / loudness(wave)
        if rng.random() < 0.6:
            wave = wave + self._noise(rng, len(wave), loudness(wave))
        hiss = 10 ** (rng.uniform(-80, -62) / 20)
        wave = wave + rng.standard_normal(len(wave)) * hiss
        samples: Samples = np.clip(wave, -1, 1).astype(np.float32)
        return Rendering(samples, offset, speed)

    def _in_a_room(self, rng: Rng, wave: Samples) -> NDArray[np.float64]:
        size = 1 << (len(wave) + ROOM_SAMPLES - 1).bit_length()
        spectrum = np.fft.rfft(wave, size)
        if rng.random() < 0.7:
            spectrum *= np.fft.rfft(self.rooms[int(rng.integers(len(self.rooms)))], size)
        if rng.random() < 0.6:
            spectrum *= microphone(rng, len(spectrum))
        heard: NDArray[np.float64] = np.fft.irfft(spectrum, size)[: len(wave) + TAIL]
        return heard

    def _noise(self, rng: Rng, count: int, loud: float) -> NDArray[np.float64]:
        noise = self.noises[int(rng.integers(len(self.noises)))]
        start = int(rng.integers(max(1, len(noise) - count)))
        piece = np.resize(noise[start:], count).astype(np.float64)
        return piece * (loud * 10 ** (-rng.uniform(*NOISE_DB) / 20))


def surrounded(rng: Rng, clip: Samples, company: Samples) -> tuple[Samples, int]:
    """Silence before and after, perhaps a piece of company; and where the clip begins."""
    before, after = (
        np.zeros(int(rng.uniform(0, SILENCE_S) * RATE), dtype=np.float32) for _ in range(2)
    )
    if rng.random() < COMPANY and len(company):
        count = int(rng.uniform(*COMPANY_S) * RATE)
        at = int(rng.integers(max(1, len(company) - count)))
        piece = company[at : at + count] * np.float32(rng.uniform(0.2, 0.8))
        if rng.random() < 0.5:
            before = np.concatenate([piece, before])
        else:
            after = np.concatenate([after, piece])
    return np.concatenate([before, clip, after]), len(before)


def loudness(wave: NDArray[np.floating]) -> float:
    """Root mean square of the louder half."""
    power = np.sort(np.square(wave))[len(wave) // 2 :]
    return float(np.sqrt(power.mean())) + 1e-6
