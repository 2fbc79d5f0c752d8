"""Sound to text, without processes: what `lamp transcribe`, the bench and the process use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from lamp.similarity.embedding import packed
from lamp.soft_text import NOTHING_HEARD, SoftText
from lamp.transcriber.acoustic_model import (
    NO_EMBEDDING,
    AcousticModel,
    Embedding,
    LogProbabilities,
)
from lamp.transcriber.ctc import best_path
from lamp.transcriber.partial import PartialHearing
from lamp.transcriber.soft_slots import is_noise, slots


@dataclass(frozen=True)
class Transcription:
    """What an utterance sounded like.

    Args:
        text: in the model's alphabet; empty for noise and silence.
        confidence: geometric mean probability of the characters, 0..1; 0 for an empty text.
        soft: every symbol that it may have been; left out by an engine that cannot tell, it is
            the text, every letter certain.
        stages: s spent per stage.
    """

    text: str
    confidence: float
    soft: SoftText = NOTHING_HEARD
    stages: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.soft:
            object.__setattr__(self, "soft", SoftText.of_text(self.text))


class Transcriber:
    """Any acoustic model in a model directory.

    Args:
        model: gives log probabilities of symbols.
        timer: s, measures the stages.
    """

    def __init__(self, model: AcousticModel, timer: Callable[[], float] = perf_counter) -> None:
        self.model = model
        self._timer = timer

    @classmethod
    def from_directory(cls, path: Path, threads: int = 1) -> Transcriber:
        """With the model at ``path``.

        Raises:
            AcousticModelError: the directory cannot be used.
        """
        return cls(AcousticModel(path, threads))

    def transcribe(self, samples: NDArray[np.float32]) -> Transcription:
        """Of float32 samples [n], 16 kHz mono, -1..1."""
        began = self._timer()
        log_probabilities, embedding = self.model.hear(samples)
        return self.read(log_probabilities, {"model": self._timer() - began}, embedding)

    def follow(self) -> PartialHearing:
        """Partial transcripts of an utterance that begins now."""
        return PartialHearing(self.model)

    def read(
        self,
        log_probabilities: LogProbabilities,
        stages: dict[str, float],
        embedding: Embedding = NO_EMBEDDING,
    ) -> Transcription:
        """Of frames that the model has given, shape [frames, symbols], and its vector, if any."""
        began = self._timer()
        alphabet = self.model.directory.alphabet
        text, confidence = best_path(log_probabilities, alphabet)
        heard = slots(log_probabilities, alphabet)
        soft = NOTHING_HEARD
        if text or not is_noise(heard):
            soft = SoftText(heard, text, packed(embedding))
        stages = {**stages, "decode": self._timer() - began}
        return Transcription(text, confidence, soft, stages)


def as_float(pcm: bytes) -> NDArray[np.float32]:
    """16-bit little-endian PCM as float32 samples [n], -1..1."""
    return samples_as_float(np.frombuffer(pcm, "<i2"))


def samples_as_float(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """16-bit samples [n] as float32, -1..1."""
    return samples.astype(np.float32) / np.float32(32768)
