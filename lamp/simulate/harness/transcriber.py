"""The transcriber alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lamp.config import Config
from lamp.transcriber.engine import make_engine
from lamp.transcriber.transcriber import Transcription

LONGEST = 3  # symbols of an n-gram


class HarnessTranscriber:
    """The transcriber of lamp.yaml's acoustic model, on one thread."""

    def __init__(self, config: Config | None = None) -> None:
        config = config or Config()
        hearing = replace(config.hearing, threads=1)
        self._engine = make_engine(replace(config, hearing=hearing))

    def transcribe(self, samples: NDArray[np.float32]) -> str:
        """Characters of ``samples``: float32, shape [n], 16 kHz, mono, -1..1."""
        return self.hear(samples).text

    def hear(self, samples: NDArray[np.float32]) -> Transcription:
        """All that the engine has to say about ``samples``."""
        return self._engine.transcribe(samples)

    def distance(self, one: Transcription, other: Transcription) -> float:
        """0..1: 1 - cosine of the soft n-grams; 1 from an utterance in which nothing was heard."""
        if not (one.soft and other.soft):
            return 1.0
        ours, theirs = one.soft.grams(LONGEST), other.soft.grams(LONGEST)
        common = sum(weight * theirs.get(gram, 0.0) for gram, weight in ours.items())
        return max(0.0, 1 - common / (math.hypot(*ours.values()) * math.hypot(*theirs.values())))
