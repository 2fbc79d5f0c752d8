"""The real parts of a lamp, synchronous, for benches and experiments.

Each is imported when it is made, so that a bench that weighs one does not weigh the others too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lamp.simulate.harness.cutter import HarnessCutter
    from lamp.simulate.harness.learner import HarnessLearner
    from lamp.simulate.harness.listening_lamp import ListeningLamp, ReadingLamp
    from lamp.simulate.harness.transcriber import HarnessTranscriber
    from lamp.simulate.harness.whole_lamp import HarnessLamp


def make_lamp(seed: int) -> HarnessLamp:
    """A fresh lamp for the household bench."""
    from lamp.simulate.harness.whole_lamp import HarnessLamp  # noqa: PLC0415

    return HarnessLamp(seed)


def make_learner(seed: int) -> HarnessLearner:
    """A fresh learner for the household bench's reference policy."""
    from lamp.simulate.harness.learner import HarnessLearner  # noqa: PLC0415

    return HarnessLearner(seed)


def make_transcriber() -> HarnessTranscriber:
    """The shipped transcriber for the hearing bench."""
    from lamp.simulate.harness.transcriber import HarnessTranscriber  # noqa: PLC0415

    return HarnessTranscriber()


def make_listening_lamp(seed: int) -> ListeningLamp:
    """A fresh lamp with its own ear: sound in, state out."""
    from lamp.simulate.harness.listening_lamp import ListeningLamp  # noqa: PLC0415

    return ListeningLamp(seed)


def make_reading_lamp(seed: int) -> ReadingLamp:
    """A fresh lamp that reads the transcripts of another ear."""
    from lamp.simulate.harness.listening_lamp import ReadingLamp  # noqa: PLC0415

    return ReadingLamp(seed)


def make_cutter() -> HarnessCutter:
    """The recorder alone: sound -> [(samples, began s, ended s, level dB), ...]."""
    from lamp.simulate.harness.cutter import HarnessCutter  # noqa: PLC0415

    return HarnessCutter()
