"""Whistles and household noises, computed: float samples at 16 kHz, peak about 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lamp.messages import SAMPLE_RATE

Samples = NDArray[np.float64]


def computed(words: str, take: int, rng: np.random.Generator) -> Samples:
    """The whistle or noise that ``words`` of lamp/simulate/clip_words.py name.

    Raises:
        KeyError: nothing of that name can be computed.
    """
    melodies = {
        "whistle up": [(1050.0, 1150.0, 0.22), (1150.0, 1950.0, 0.38)],
        "whistle down": [(1950.0, 1850.0, 0.22), (1850.0, 950.0, 0.38)],
        "whistle a tune": [
            (1320.0, 1320.0, 0.2),
            (1480.0, 1480.0, 0.2),
            (1170.0, 1180.0, 0.3),
            (1560.0, 1540.0, 0.35),
        ],
    }
    if words in melodies:
        shift = 1.0 + 0.05 * (take - 1)
        notes = [(low * shift, high * shift, length) for low, high, length in melodies[words]]
        return _whistle(notes, rng)
    noises = {"door": _door, "cutlery": _cutlery, "tap": _tap, "footsteps": _footsteps}
    return noises[words](rng)


def _whistle(notes: list[tuple[float, float, float]], rng: np.random.Generator) -> Samples:
    """Notes (Hz at the start, Hz at the end, seconds) with a little vibrato and breath."""
    pieces = []
    for low, high, seconds in notes:
        t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        pitch = low * (high / low) ** (t / seconds) * (1 + 0.006 * np.sin(2 * np.pi * 5.5 * t))
        tone = np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)
        fade = np.minimum(1.0, np.minimum(t, seconds - t) / 0.025)
        pieces.append(tone * fade)
        pieces.append(np.zeros(round(0.02 * SAMPLE_RATE)))
    melody = np.concatenate(pieces)
    return np.asarray(melody + 0.015 * rng.normal(size=melody.size) * (np.abs(melody) > 0))


def _decaying(seconds: float, half_life: float) -> Samples:
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(0.5 ** (t / half_life))


def _door(rng: np.random.Generator) -> Samples:
    """A thud: low-passed noise that dies away."""
    envelope = _decaying(0.7, 0.06)
    return _low_passed(rng.normal(size=envelope.size), 60) * envelope * 4


def _cutlery(rng: np.random.Generator) -> Samples:
    """A few clinks: inharmonic high partials."""
    sound = np.zeros(round(1.2 * SAMPLE_RATE))
    for start in (0.02, 0.31, 0.44, 0.83):
        envelope = _decaying(0.3, 0.03)
        t = np.arange(envelope.size) / SAMPLE_RATE
        partials = rng.uniform(2500, 6500, size=5)
        clink = sum(np.sin(2 * np.pi * pitch * t) for pitch in partials) * envelope / 5
        first = round(start * SAMPLE_RATE)
        sound[first : first + clink.size] += clink
    return sound


def _tap(rng: np.random.Generator) -> Samples:
    """Running water: band-limited noise, slowly swelling."""
    noise = rng.normal(size=round(1.6 * SAMPLE_RATE))
    swell = np.sin(np.linspace(0, np.pi, noise.size)) ** 0.5
    return (noise - _low_passed(noise, 8)) * swell * 0.3


def _footsteps(rng: np.random.Generator) -> Samples:
    sound = np.zeros(round(1.9 * SAMPLE_RATE))
    for start in (0.02, 0.55, 1.08, 1.6):
        envelope = _decaying(0.2, 0.02)
        first = round(start * SAMPLE_RATE)
        step = _low_passed(rng.normal(size=envelope.size), 24) * envelope * 3
        sound[first : first + step.size] += step
    return sound


def _low_passed(noise: Samples, width: int) -> Samples:
    """Moving average over ``width`` samples."""
    return np.convolve(noise, np.ones(width) / width, mode="same")
