"""The transcriber alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lamp.config import Config
from lamp.similarity import LabelledExamples
from lamp.transcriber.calibration import calibration_of
from lamp.transcriber.engine import make_engine
from lamp.transcriber.transcriber import Transcription


class HarnessTranscriber:
    """The transcriber of lamp.yaml's acoustic model, on one thread."""

    def __init__(self, config: Config | None = None) -> None:
        config = config or Config()
        hearing = replace(config.hearing, threads=1)
        self._engine = make_engine(replace(config, hearing=hearing))
        self._examples = LabelledExamples(calibration_of(config))

    def transcribe(self, samples: NDArray[np.float32]) -> str:
        """Characters of ``samples``: float32, shape [n], 16 kHz, mono, -1..1."""
        return self.hear(samples).text

    def hear(self, samples: NDArray[np.float32]) -> Transcription:
        """All that the engine has to say about ``samples``."""
        return self._engine.transcribe(samples)

    def distance(self, one: Transcription, other: Transcription) -> float:
        """How likely the two are not the same words, 0..1, by what examples are judged with.

        1 from an utterance in which nothing was heard.
        """
        return 1 / (1 + math.exp(self._examples.likeness(one.soft, other.soft)))
