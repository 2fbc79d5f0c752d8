"""Whether a microphone is too quiet, drowned in noise, clips or hums."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Literal

from lamp.listen.hum import Hum, QuietSpectrum
from lamp.recorder.block import BLOCK_SECONDS, Samples
from lamp.recorder.level import QUIETEST, level_db

Fault = Literal["dead", "too quiet", "noisy", "clips", "hums"]

TOO_QUIET = -55.0  # dB: softer takes of the shipped clips are less like loud ones, at -60 unheard
NOISY = 10.0  # dB from the room to the voice; untuned
CLIPS = 0.001  # share of an utterance's samples at full scale; untuned
HUMS = 0.5  # share of the quiet parts; untuned
HUM_BELOW_VOICE = 30.0  # dB; a hum further below the voice matters to nobody
HUM_ALONE = -60.0  # dB, of a hum where nobody has spoken yet
DEAD = 3.0  # s of nothing but zeros
MEMORY = 2000  # blocks of quiet, a minute


@dataclass(frozen=True)
class MicrophoneFindings:
    """What there is to say of a microphone; None: there was no such sound yet.

    voice_db: level of what was said, dB relative to full scale; the median of the utterances.
    room_db: level of the quiet parts; the median of their blocks.
    clipped: largest share of an utterance's samples at full scale, 0..1.
    hum: of the quiet parts.
    faults: the worst first; empty: a good microphone in a good place.
    """

    voice_db: float | None
    room_db: float | None
    clipped: float
    hum: Hum | None
    faults: tuple[Fault, ...]


class MicrophoneWatch:
    """Give it every block, and every utterance."""

    def __init__(self) -> None:
        self._spectrum = QuietSpectrum()
        self._room: deque[float] = deque(maxlen=MEMORY)
        self._voices: list[float] = []
        self._clipped = 0.0
        self._zeros = 0  # blocks on end

    def hear(self, samples: Samples, speaking: bool) -> None:
        """Take in int16 samples [512]; ``speaking``: an utterance is under way."""
        level = level_db(samples)
        self._zeros = self._zeros + 1 if level <= QUIETEST else 0
        if speaking or self._zeros:  # digital silence is no sound of a room
            self._spectrum.interrupt()
            return
        self._spectrum.hear(samples)
        self._room.append(level)

    def interrupt(self) -> None:
        """Sound is missing here."""
        self._spectrum.interrupt()

    def said(self, voice_db: float, clipped: float) -> None:
        """Something was said: its level in dB, and the share of its samples at full scale."""
        self._voices.append(voice_db)
        self._clipped = max(self._clipped, clipped)

    def findings(self) -> MicrophoneFindings:
        """All that was found so far."""
        voice = median(self._voices) if self._voices else None
        room = median(self._room) if self._room else None
        hum = self._spectrum.hum()
        dead = self._zeros * BLOCK_SECONDS >= DEAD
        faults = _faults(voice, room, self._clipped, hum, dead)
        return MicrophoneFindings(voice, room, self._clipped, hum, faults)


def _faults(
    voice: float | None, room: float | None, clipped: float, hum: Hum | None, dead: bool
) -> tuple[Fault, ...]:
    found: dict[Fault, bool] = {
        "dead": dead,
        "too quiet": voice is not None and voice < TOO_QUIET,
        "noisy": voice is not None and room is not None and voice - room < NOISY,
        "clips": clipped > CLIPS,
        "hums": hum is not None and hum.share >= HUMS and _matters(hum, voice),
    }
    return tuple(fault for fault, there in found.items() if there)


def _matters(hum: Hum, voice: float | None) -> bool:
    return hum.level_db > (HUM_ALONE if voice is None else voice - HUM_BELOW_VOICE)
