"""Rows of training audio, put together on the fly and never twice the same.

A row is `SECONDS` long: clips at random speed and level one after the other, pauses between them,
all in one room, through one microphone, in one noise. Its target is what the teacher heard in the
clean clips, moved along with them; pauses and noise are silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.recipe.letters import BLANK, VOCABULARY, collapse
from models.recipe.noises import ROOM_SAMPLES, level, make_noises, make_room, rumble
from models.recipe.store import RATE, Samples, Source
from models.recipe.teacher import FRAME, Heard, Posteriors
from models.recipe.words import Words

SECONDS = 6.0
COUNT = int(SECONDS * RATE)
FRAMES = COUNT // FRAME + 1
SPEEDS = (0.8, 1.25)
NOBODY = 0.25  # share of rows in which nobody speaks; 0.15 before the fifth round
MURMURS = 0.12  # share of noises that are many people talking
HELD_OUT = 40  # every 40th clip of a source is for the curve, never trained on

Rng = np.random.Generator


@dataclass(frozen=True)
class Material:
    """A source, what the teacher heard in it, and how often its clips are drawn."""

    source: Source
    heard: Heard
    share: float
    words: Words | None = None  # what Whisper read, where it was sure

    def numbers(self, held_out: bool) -> NDArray[np.int64]:
        """Clips to draw from, as far as the teacher has come."""
        numbers = np.arange(len(self.heard))
        kept: NDArray[np.int64] = numbers[(numbers % HELD_OUT == 0) == held_out]
        return kept


@dataclass(frozen=True)
class Row:
    """Samples [n], the teacher's posteriors [frames, letters], and the string to be written."""

    samples: Samples
    target: Posteriors
    letters: list[int]


@dataclass(frozen=True)
class Surroundings:
    """Rooms and noises, made once."""

    rooms: list[NDArray[np.complex64]]  # spectra
    noises: list[Samples]
    rumbles: list[Samples]

    @classmethod
    def make(cls, seed: int, recorded: Path | None = None) -> Surroundings:
        """120 rooms, 105 noises and 20 rumbles of 20 s."""
        rng = np.random.default_rng(seed)
        size = COUNT + ROOM_SAMPLES
        rooms = [np.fft.rfft(make_room(rng), size).astype(np.complex64) for _ in range(120)]
        noises = make_noises(rng, 105, 20.0, recorded)
        return cls(rooms, noises, [level(rumble(rng, 20 * RATE)) for _ in range(20)])


class Rows:
    """Draws rows; `held_out` draws from the clips kept for the curve."""

    def __init__(
        self, materials: list[Material], around: Surroundings, seed: int, held_out: bool = False
    ) -> None:
        self._materials, self._around = materials, around
        self._rng = np.random.default_rng(seed)
        self._numbers = [material.numbers(held_out) for material in materials]
        shares = np.array(
            [m.share * bool(len(n)) for m, n in zip(materials, self._numbers, strict=True)]
        )
        self._shares = shares / shares.sum()

    def batch(self, rows: int, views: int = 1) -> tuple[Samples, Posteriors, list[list[int]]]:
        """Samples [views * rows, n], targets [rows, frames, letters], strings of the rows.

        Each row is heard `views` times, in other surroundings: views come one block after another.
        """
        drawn = [self.row() for _ in range(rows)]
        targets = np.stack([row.target for row in drawn])
        seen = [self.heard_in_a_room(row.samples) for _ in range(views) for row in drawn]
        return np.stack(seen), targets, [row.letters for row in drawn]

    def row(self) -> Row:
        """A clean row and what is to be heard in it."""
        samples = np.zeros(COUNT, dtype=np.float32)
        target = np.zeros((FRAMES, len(VOCABULARY)), dtype=np.float32)
        target[:, BLANK] = 1.0
        letters: list[int] = []
        if self._rng.random() < NOBODY:
            return Row(samples, target, letters)
        pause = float(np.exp(self._rng.uniform(np.log(0.05), np.log(0.8))))
        place = int(self._rng.exponential(pause) * RATE) // FRAME
        while place < FRAMES - 8:
            clip, heard, words = self.clip()
            count = min(len(clip), COUNT - place * FRAME)
            samples[place * FRAME : place * FRAME + count] += clip[:count]
            frames = min(len(heard), FRAMES - place)
            target[place : place + frames] = heard[:frames]
            cut = count < len(clip)
            by_teacher = collapse(heard[:frames].argmax(axis=1).tolist())
            letters += by_teacher if cut or words is None else words
            place += frames + int(self._rng.exponential(pause) * RATE) // FRAME
        return Row(samples, target, letters)

    def clip(self) -> tuple[Samples, Posteriors, list[int] | None]:
        """A clip at a random speed (and with it pitch and formants) and about equal level."""
        rng = self._rng
        which = int(rng.choice(len(self._materials), p=self._shares))
        number = int(rng.choice(self._numbers[which]))
        material = self._materials[which]
        samples, heard = material.source.samples(number), material.heard[number]
        words = material.words.letters(number) if material.words else None
        if rng.random() < 0.8:
            speed = float(np.exp(rng.uniform(*np.log(SPEEDS))))
            samples, heard = faster(samples, speed), faster(heard, speed)
        loud = np.sqrt(np.square(samples).mean()) + 1e-5
        return samples * np.float32(10 ** rng.normal(0, 0.2) / loud), heard, words

    def heard_in_a_room(self, clean: Samples) -> Samples:
        """Room, microphone, noise, level: what a lamp on the other side of the room hears."""
        rng, around = self._rng, self._around
        size = COUNT + ROOM_SAMPLES
        spectrum = np.fft.rfft(clean, size)
        if rng.random() < 0.5:
            spectrum = spectrum * around.rooms[int(rng.integers(len(around.rooms)))]
        if rng.random() < 0.6:
            spectrum = spectrum * microphone(rng, len(spectrum))
        samples = np.fft.irfft(spectrum, size)[:COUNT].astype(np.float32)
        speech = np.float32(np.sqrt(np.square(samples).mean()))
        loud = 10 ** (rng.uniform(-50, -8) / 20)
        samples *= loud / max(float(speech), 1e-3)
        if rng.random() < 0.6:
            ratio = rng.uniform(4, 40) if speech > 0 else rng.uniform(-10, 40)
            samples += self.noise() * np.float32(loud * 10 ** (-ratio / 20))
        if rng.random() < 0.3:  # deep, and often louder than all else
            samples += self.some(around.rumbles) * np.float32(loud * 10 ** rng.uniform(-0.5, 1.3))
        samples += rng.standard_normal(COUNT, dtype=np.float32) * np.float32(
            10 ** rng.uniform(-5, -3.8)
        )
        samples /= max(1.0, float(np.abs(samples).max()))
        clipped = rng.random() < 0.15  # too loud for its microphone
        ceiling = rng.uniform(0.1, 0.6) * float(np.abs(samples).max()) if clipped else 1.0
        return np.clip(samples, -ceiling, ceiling)

    def noise(self) -> Samples:
        """One noise, two at once, or many people; shape [n], root mean square about one."""
        if self._rng.random() < MURMURS:
            return self.murmur()
        total = np.zeros(COUNT, dtype=np.float32)
        for _ in range(int(self._rng.integers(1, 3))):
            total += self.some(self._around.noises)
        return total

    def some(self, waves: list[Samples]) -> Samples:
        """A piece of one of these waves; shape [n]."""
        wave = waves[int(self._rng.integers(len(waves)))]
        start = int(self._rng.integers(len(wave) - COUNT))
        return wave[start : start + COUNT]

    def murmur(self) -> Samples:
        """Several people at once in another room: nothing of it is to be written; shape [n]."""
        rng, size = self._rng, COUNT + ROOM_SAMPLES
        total = np.zeros(COUNT, dtype=np.float32)
        for _ in range(int(rng.integers(3, 8))):
            place = int(rng.integers(0, RATE))
            while place < COUNT:
                samples = self.clip()[0][: COUNT - place]
                total[place : place + len(samples)] += samples
                place += len(samples) + int(rng.exponential(0.3) * RATE)
        room = self._around.rooms[int(rng.integers(len(self._around.rooms)))]
        dull = 1 / np.sqrt(1 + (np.linspace(0, 8000, len(room)) / rng.uniform(600, 4000)) ** 4)
        far = np.fft.irfft(np.fft.rfft(total, size) * room * dull, size)[:COUNT]
        return level(far)


def faster(values: NDArray[np.float32], speed: float) -> NDArray[np.float32]:
    """Play samples [n] or posteriors [n, k] `speed` times as fast, between neighbours."""
    places = np.arange(0, len(values) - 1, speed)
    below = places.astype(np.int64)
    rest = (places - below).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    between: NDArray[np.float32] = values[below] * (1 - rest) + values[below + 1] * rest
    return between


def microphone(rng: Rng, bins: int) -> NDArray[np.float32]:
    """Gain of every frequency: a bumpy curve, sometimes a telephone's band; shape [bins]."""
    hertz = np.linspace(0, RATE / 2, bins, dtype=np.float32)
    knots = rng.normal(0, 4, 10) + rng.normal(0, 6) * np.linspace(-1, 1, 10)
    gain = 10 ** (np.interp(hertz, np.linspace(0, RATE / 2, 10), knots) / 20)
    if rng.random() < 0.3:
        gain *= hertz < rng.uniform(3000, 7000)
    if rng.random() < 0.4:
        corner = rng.uniform(60, 350)
        gain *= hertz**2 / (hertz**2 + corner**2)
    return gain.astype(np.float32)
