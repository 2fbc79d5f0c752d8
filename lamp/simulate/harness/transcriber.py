"""The transcriber alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lamp.config import Config
from lamp.transcriber.engine import make_engine
from lamp.transcriber.transcriber import Transcription


class HarnessTranscriber:
    """The transcriber of lamp.yaml's acoustic model, giving plain strings, on one thread."""

    def __init__(self, config: Config | None = None) -> None:
        config = config or Config()
        hearing = replace(config.hearing, threads=1, alternatives=0)
        self._engine = make_engine(replace(config, hearing=hearing))

    def transcribe(self, samples: NDArray[np.float32]) -> str:
        """Characters of ``samples``: float32, shape [n], 16 kHz, mono, -1..1."""
        return self.transcription(samples).text

    def transcription(self, samples: NDArray[np.float32]) -> Transcription:
        """All that the engine has to say about ``samples``."""
        return self._engine.transcribe(samples)
