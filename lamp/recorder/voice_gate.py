"""Decides block by block whether this is a sound that someone made to be heard.

Speech by a voice activity detector, which is deaf to whistles and hums; those by being
loud and periodic for longer than a clank rings. In silence neither is asked: a block
that does not rise above the room's own noise costs one small Fourier transform.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lamp.recorder.block import Block, Samples
from lamp.recorder.level import FULL_SCALE
from lamp.recorder.noise_floor import NoiseFloor
from lamp.recorder.spectrum import Spectrum
from lamp.recorder.voice import Voice

GATE = 3.0  # dB above the floor from which the detector is asked
HANGOVER = 12  # blocks it goes on being asked after the last loud one
WARM_UP = 3  # earlier blocks it is played first, after a pause: it judges by context
DEAFEST = -88.0  # dB, about the last two steps of 16 bit: nothing to be made out below
SPEECH_LEVEL = -26.0  # dB, where quiet microphones are lifted to before the detector
MOST_GAIN = 46.0  # dB
LIFTED_FLOOR = -52.0  # dB, the highest that the noise floor may be lifted to
LOUD = 20.0  # dB above the floor; so loud a sound needs less likeness to speech
LOUD_THRESHOLD = 0.5  # share of the threshold that then suffices
GOING_ON = 0.7  # share of the threshold that suffices while an utterance is under way
SILENCE = -100.0  # dB, below anything that is heard
LOUDEST_DECAY = 0.2  # dB a block, so that the gain follows who speaks more softly
TONE = 0.85  # periodicity
TONE_LOUD = 15.0  # dB above the floor
TONE_BLOCKS = 6  # blocks on end, 0.2 s


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of one block."""

    is_voice: bool  # or a tone that somebody makes: it is meant to be heard
    speech: float  # probability, 0..1; 0 where the detector was not asked
    level_db: float  # above 120 Hz
    asked: bool


class VoiceGate:
    """Give it every block, in order.

    Args:
        voice: the voice activity detector.
        threshold: of speech, 0..1.
    """

    def __init__(self, voice: Voice, threshold: float = 0.5) -> None:
        self.floor = NoiseFloor()
        self._voice = voice
        self._threshold = threshold
        self._spectrum = Spectrum()
        self._earlier: deque[Samples] = deque(maxlen=WARM_UP)
        self._open = 0  # blocks for which the detector will still be asked
        self._loudest = SILENCE  # dB, lately
        self._tone = 0  # blocks of tone on end

    def hear(self, block: Block, speaking: bool) -> Heard:
        """Judge one block of 512 samples.

        Args:
            speaking: an utterance is under way; to go on takes less than to begin.
        """
        level = self._spectrum.hear(block.samples)
        above = level - self.floor.level_db
        was_open = self._open > 0
        loud_enough = above > GATE and level > DEAFEST
        self._open = HANGOVER if loud_enough else max(0, self._open - 1)
        speech = 0.0
        if self._open:
            speech = self._ask(block.samples, level, was_open)
        threshold = self._threshold * (LOUD_THRESHOLD if above > LOUD else 1.0)
        is_voice = self._open > 0 and speech >= threshold * (GOING_ON if speaking else 1.0)
        is_voice = self._is_tone(above, speaking) or is_voice
        self.floor.hear(level, speech)
        self._earlier.append(block.samples)
        return Heard(is_voice, speech, level, self._open > 0)

    def _ask(self, samples: Samples, level: float, was_open: bool) -> float:
        if not was_open:
            self._voice.forget()
            self._loudest = level
            for earlier in self._earlier:
                self._voice.hear(self._lifted(earlier))
        self._loudest = max(level, self._loudest - LOUDEST_DECAY)
        return self._voice.hear(self._lifted(samples))

    def _lifted(self, samples: Samples) -> NDArray[np.float32]:
        gain = min(SPEECH_LEVEL - self._loudest, LIFTED_FLOOR - self.floor.level_db, MOST_GAIN)
        scale = np.float32(10 ** (max(gain, 0.0) / 20) / FULL_SCALE)
        return np.asarray(np.clip(samples * scale, -1.0, 1.0), np.float32)

    def _is_tone(self, above: float, speaking: bool) -> bool:
        tonal = self._open > 0 and above > TONE_LOUD and self._spectrum.periodicity() > TONE
        self._tone = self._tone + 1 if tonal else 0
        return self._tone >= (1 if speaking else TONE_BLOCKS)
