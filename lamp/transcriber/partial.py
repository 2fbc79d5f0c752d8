"""What has been said so far, while it is being said, at a cost that is linear in its length.

Running the model on everything said so far, four times a second, costs the square of the
length. So frames that have enough sound after them are settled and not computed again; the
model hears only a window: some sound before the first unsettled frame, and all after it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lamp.messages import SAMPLE_RATE
from lamp.transcriber.acoustic_model import AcousticModel, LogProbabilities
from lamp.transcriber.ctc import best_path

# s of sound before the first unsettled frame, for context. The shipped model can look back 6.6 s;
# what lies beyond 4 s moves no probability by 0.001 (1.6 s: by up to 0.2).
BEFORE = 4.0
AFTER = 0.5  # s of sound that a frame must have after it to be settled


class PartialHearing:
    """Follows one utterance.

    Args:
        model: the acoustic model.
    """

    def __init__(self, model: AcousticModel) -> None:
        self._model = model
        columns = len(model.directory.alphabet.symbols)
        self._settled: LogProbabilities = np.empty((0, columns), np.float32)
        self.heard = 0  # samples given to the model so far, all windows together

    def hear(self, samples: NDArray[np.float32]) -> str:
        """The text of all ``samples`` of the utterance so far: float32 [n], 16 kHz mono."""
        stride = self._model.stride
        begin = max(0, len(self._settled) - round(BEFORE * SAMPLE_RATE / stride))
        begin -= begin % 10  # frames: windows begin on a step of whatever lies inside the model
        window = samples[begin * stride :]
        self.heard += len(window)
        fresh = self._model.log_probabilities(window)[len(self._settled) - begin :]
        frames = np.concatenate((self._settled, fresh))
        settled = int((len(samples) - AFTER * SAMPLE_RATE) // stride)
        self._settled = frames[: max(len(self._settled), settled)]
        return best_path(frames, self._model.directory.alphabet)[0]
