"""The recorder alone: a stretch of sound in, the utterances in it out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lamp.config import Config
from lamp.messages import SAMPLE_RATE, Utterance
from lamp.recorder.block import Block
from lamp.recorder.recorder import Recorder
from lamp.recorder.voice import SileroVoice

PIECE = SAMPLE_RATE // 4  # samples handed to the recorder at once, as a microphone would


class Cut(NamedTuple):
    """An utterance as the transcriber gets it; times from the start of the sound, in s."""

    samples: NDArray[np.float32]  # [n], 16 kHz, -1..1
    started: float
    ended: float  # of speech; the samples go on a little longer
    level_db: float  # of full scale


class HarnessCutter:
    """Cuts every sound with a recorder that has heard nothing before."""

    def __init__(self, config: Config | None = None) -> None:
        self._audio = (config or Config()).audio
        self._voice = SileroVoice()

    def __call__(self, samples: NDArray[np.float32]) -> list[Cut]:
        """The utterances in ``samples`` (float32 [n], 16 kHz, -1..1), in order.

        What is still being said when the sound ends has no end, and is not among them.
        """
        self._voice.forget()
        recorder = Recorder(self._audio, self._voice, lambda started: f"{started:.3f}")
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        pieces = range(0, len(pcm), PIECE)
        blocks = (Block(pcm[first : first + PIECE], first / SAMPLE_RATE) for first in pieces)
        return [
            _cut(said)
            for block in blocks
            for said in recorder.hear(block)
            if isinstance(said, Utterance) and said.final
        ]


def _cut(said: Utterance) -> Cut:
    samples = np.frombuffer(said.pcm, "<i2").astype(np.float32) / np.float32(32768)
    return Cut(samples, said.started, said.ended, said.level_db)
