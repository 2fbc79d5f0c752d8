"""Noise of many kinds and rooms of many sizes, made from a seed. The target of noise is silence.

Kinds: coloured and band-limited noise with slow swells, mains hum with overtones, clinks of
dishes, clicks, scrapes and rustling, running water, beeps and chords like music. Recorded noise
can be added from a folder. Rumble (wind, handling, a table that shakes) is kept apart: it may be
far louder than the speech above it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.recipe.people import read, recordings
from models.recipe.store import RATE, Samples

Rng = np.random.Generator
Floats = NDArray[np.float64]

ROOM_SAMPLES = 6_400  # 0.4 s


def coloured(rng: Rng, count: int) -> Floats:
    """White to brown noise, band-limited, swelling slowly."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE) + 1
    spectrum *= hertz ** -rng.choice([0, 0.5, 1.0, 1.5])
    if rng.random() < 0.5:
        low, high = np.sort(np.exp(rng.uniform(np.log(40), np.log(8000), 2)))
        spectrum /= np.sqrt(1 + (low / hertz) ** 4) * np.sqrt(1 + (hertz / high) ** 4)
    noise: Floats = np.fft.irfft(spectrum, count)
    return noise * swell(rng, count) if rng.random() < 0.6 else noise


def swell(rng: Rng, count: int) -> Floats:
    """A slow random envelope, 10^(-1..0)."""
    knots = rng.uniform(-1, 0, 2 + int(count / RATE * rng.uniform(0.3, 4)))
    return 10 ** np.interp(np.linspace(0, len(knots) - 1, count), np.arange(len(knots)), knots)


def hum(rng: Rng, count: int) -> Floats:
    """Mains or motor hum with overtones over a little noise."""
    time = np.arange(count) / RATE
    base = rng.choice([50.0, 60.0, rng.uniform(30, 200)])
    wave = np.zeros(count)
    for overtone in range(1, int(rng.integers(2, 25))):
        phase = rng.uniform(0, 2 * np.pi)
        wave += rng.random() / overtone * np.sin(2 * np.pi * base * overtone * time + phase)
    return wave + 10 ** rng.uniform(-3, -0.5) * coloured(rng, count)


def clinks(rng: Rng, count: int) -> Floats:
    """Dishes, doors and clicks: short ringing hits over a soft bed."""
    wave = 10 ** rng.uniform(-3, -1) * coloured(rng, count) / 3
    for _ in range(int(rng.integers(1, 2 + 4 * count // RATE))):
        start, length = int(rng.integers(count)), int(RATE * rng.uniform(0.005, 0.5))
        time = np.arange(min(length, count - start)) / RATE
        ring = np.exp(-time * rng.uniform(6, 200)) * 10 ** rng.uniform(-1, 0)
        tones = np.exp(rng.uniform(np.log(150), np.log(7000), int(rng.integers(1, 7))))
        hit = sum(np.sin(2 * np.pi * tone * time) * rng.random() for tone in tones)
        hit = hit + rng.uniform(0, 2) * rng.standard_normal(len(time)) * np.exp(-time * 150)
        wave[start : start + len(time)] += ring * hit
    return wave


def bursts(rng: Rng, count: int) -> Floats:
    """Scrapes, sprays, rustling: breaths of band noise that come and go, unlike speech in time."""
    wave = 10 ** rng.uniform(-3, -1) * coloured(rng, count) / 3
    for _ in range(int(rng.integers(1, 2 + 3 * count // RATE))):
        start, length = int(rng.integers(count)), int(RATE * rng.uniform(0.02, 0.8))
        length = min(length, count - start)
        spectrum = np.fft.rfft(rng.standard_normal(length))
        hertz = np.fft.rfftfreq(length, 1 / RATE)
        middle, width = np.exp(rng.uniform(np.log(200), np.log(6500))), rng.uniform(0.05, 1.0)
        spectrum *= np.exp(-0.5 * (np.log2((hertz + 1) / middle) / width) ** 2)
        burst = np.fft.irfft(spectrum, length)
        burst *= np.sin(np.pi * np.linspace(0, 1, length) ** rng.uniform(0.2, 2))
        wave[start : start + length] += burst / (burst.std() + 1e-9) * 10 ** rng.uniform(-1, 0)
    return wave


def music(rng: Rng, count: int) -> Floats:
    """Beeps, melodies and chords of steady tones with overtones."""
    wave = np.zeros(count)
    beat = int(RATE * np.exp(rng.uniform(np.log(0.12), np.log(1.2))))
    dull = rng.uniform(0.5, 3)
    for start in range(0, count, beat):
        if rng.random() < 0.2:
            continue
        time = np.arange(min(int(beat * rng.uniform(0.5, 1.5)), count - start)) / RATE
        fade = np.exp(-time * rng.uniform(0, 8)) * np.minimum(1, time * 200)
        fade *= np.minimum(1, (time[-1] - time) * 200) if len(time) else 1
        for _ in range(int(rng.integers(1, 5))):
            tone = 110 * 2 ** (rng.integers(0, 54) / 12)
            for overtone in range(1, int(rng.integers(2, 9))):
                if tone * overtone < RATE / 2:
                    loud = overtone**-dull
                    wave[start : start + len(time)] += (
                        loud * fade * np.sin(2 * np.pi * tone * overtone * time)
                    )
    return wave


def water(rng: Rng, count: int) -> Floats:
    """A tap, pouring, boiling: hiss and thousands of bubbles, each a short rising tone."""
    wave = 10 ** rng.uniform(-2, -0.5) * coloured(rng, count)
    size = np.exp(rng.uniform(np.log(400), np.log(2500)))  # Hz of a usual bubble
    for _ in range(int(count / RATE * np.exp(rng.uniform(np.log(8), np.log(120))))):
        start = int(rng.integers(count))
        time = np.arange(min(int(RATE * rng.uniform(0.01, 0.08)), count - start)) / RATE
        tone = min(size * np.exp(rng.normal(0, 0.5)), 6000.0)
        phase = 2 * np.pi * tone * time * (1 + rng.uniform(0, 4) * time)
        wave[start : start + len(time)] += (
            np.sin(phase) * np.exp(-time * rng.uniform(40, 200)) * 10 ** rng.uniform(-1, 0)
        )
    return wave * swell(rng, count)


def rumble(rng: Rng, count: int) -> Floats:
    """Nearly nothing above 120 Hz: wind at the microphone, knocks at its table, a lorry."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE) + 1
    corner = rng.uniform(25, 110)
    spectrum *= 1 / np.sqrt(1 + (8 / hertz) ** 4) / np.sqrt(1 + (hertz / corner) ** 8)
    wave = np.fft.irfft(spectrum, count)
    return wave * swell(rng, count) ** rng.uniform(0, 2)


KINDS: tuple[Callable[[Rng, int], Floats], ...] = (
    coloured, hum, clinks, clinks, bursts, music, water,
)  # fmt: skip


def make_noises(
    rng: Rng, count: int, seconds: float, recorded: Path | None = None
) -> list[Samples]:
    """`count` noises of `seconds` each, and those recorded; at a root mean square of one."""
    length = int(seconds * RATE)
    made = [level(KINDS[number % len(KINDS)](rng, length)) for number in range(count)]
    return made + (real_noises(recorded, length) if recorded else [])


def real_noises(folder: Path, length: int) -> list[Samples]:
    """Recordings under `folder`, each at the same level, end to end, cut into equal pieces."""
    heard = [level(read(path)) for path in recordings(folder, "", "(?!)")]
    joined = np.concatenate(heard or [np.zeros(0, dtype=np.float32)])
    return [level(joined[at : at + length]) for at in range(0, len(joined) - length, length)]


def level(wave: NDArray[np.floating[Any]]) -> Samples:
    """Bring to a root mean square of one."""
    even: Samples = (wave / (np.sqrt(np.square(wave).mean()) + 1e-9)).astype(np.float32)
    return even


def make_room(rng: Rng) -> Samples:
    """Impulse response of a made-up room: direct sound, early echoes, a decaying tail.

    Shape [6400]; the direct sound comes first, so that labels keep their place.
    """
    time = np.arange(ROOM_SAMPLES) / RATE
    decay = rng.uniform(0.1, 0.7)  # seconds for 60 dB
    tail = rng.standard_normal(ROOM_SAMPLES) * np.exp(-6.9 * time / decay)
    tail[: int(RATE * rng.uniform(0.001, 0.02))] = 0
    spectrum = np.fft.rfft(tail)
    hertz = np.fft.rfftfreq(ROOM_SAMPLES, 1 / RATE)
    tail = np.fft.irfft(spectrum / np.sqrt(1 + (hertz / rng.uniform(1500, 8000)) ** 2))
    tail /= np.sqrt(np.square(tail).sum()) + 1e-9
    room = tail * 10 ** (rng.uniform(-18, 4) / 20)
    for _ in range(int(rng.integers(0, 8))):
        room[int(RATE * rng.uniform(0.001, 0.03))] += rng.uniform(-0.5, 0.5)
    room[0] += 1.0
    return room.astype(np.float32)
