"""The sound of the simulated room: a quiet hiss, and over it whatever is being said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lamp.messages import SAMPLE_RATE
from lamp.simulate.repertoire import Clip, samples

HISS = 0.0006  # RMS of the quiet room, relative to full scale (-64 dB)


@dataclass(frozen=True)
class Saying:
    """A clip as it is played this time, so that no two sayings are the same sound."""

    clip: Clip
    gain: float = 1.0
    speed: float = 1.0  # above 1: faster and higher

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return len(samples(self.clip)) / SAMPLE_RATE / self.speed


def played(saying: Saying) -> NDArray[np.float32]:
    """The saying's samples, 16 kHz, -1..1 (louder ones are cut off in the room)."""
    sound = samples(saying.clip)
    places = np.arange(0, len(sound) - 1, saying.speed)
    stretched = np.interp(places, np.arange(len(sound)), sound)
    return np.asarray(saying.gain * stretched, dtype=np.float32)


class Room:
    """Everything that sounds, as one endless recording.

    Args:
        seed: of the hiss.
    """

    def __init__(self, seed: int, hiss: float = HISS) -> None:
        self._rng = np.random.default_rng([seed, 0x4E01])
        self._hiss = hiss
        self._sounding: list[tuple[int, NDArray[np.float32]]] = []  # (first sample, samples)

    def add(self, saying: Saying, at: float) -> None:
        """Let ``saying`` begin at ``at`` (seconds); several may sound at once."""
        self._sounding.append((round(at * SAMPLE_RATE), played(saying)))

    def sound(self, started: float, until: float) -> bytes:
        """16-bit little-endian PCM from ``started`` to ``until`` (seconds).

        Stretches have to be asked for in order; what sounded before is forgotten.
        """
        first, last = round(started * SAMPLE_RATE), round(until * SAMPLE_RATE)
        mixed = self._rng.standard_normal(last - first, dtype=np.float32) * self._hiss
        for begin, sound in self._sounding:
            start, end = max(begin, first), min(begin + len(sound), last)
            if start < end:
                mixed[start - first : end - first] += sound[start - begin : end - begin]
        self._sounding = [
            (begin, sound) for begin, sound in self._sounding if begin + len(sound) > last
        ]
        return np.asarray(np.clip(mixed, -1, 1) * 32767, dtype="<i2").tobytes()
