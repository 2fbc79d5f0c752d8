"""The whole lamp with an ear, synchronous: its own, or that of somebody else."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lamp.config import Config
from lamp.messages import State, Transcript
from lamp.simulate.harness.cutter import HarnessCutter
from lamp.simulate.harness.transcriber import HarnessTranscriber
from lamp.simulate.harness.whole_lamp import HarnessLamp
from lamp.soft_text import SoftText
from lamp.transcriber.calibration import calibration_of

TIMES = {"id", "started", "ended", "heard"}  # of a transcript, which the lamp tells itself


class Part(Protocol):
    """An utterance written down; times from the start of the sound it was cut from, in s."""

    text: str
    confidence: float
    started: float
    ended: float
    level_db: float


class ReadingLamp(HarnessLamp):
    """Reads what another ear wrote: text, confidence, length and level."""

    def hear_whole(self, t: float, part: Part, lamp_is_lit: bool) -> State | None:
        """Decide on an utterance whose words ended at ``t`` s; the state asked for or None."""
        said = _transcript(part, t - (part.ended - part.started), t, part.level_db)
        return self.hear_transcript(said, lamp_is_lit)


class ListeningLamp(HarnessLamp):
    """Hears sound with the real recorder and the shipped acoustic model."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, calibration=calibration_of(Config()))
        self._cut = HarnessCutter()
        self._ear = HarnessTranscriber()

    def hear_sound(self, t: float, samples: NDArray[np.float32], lamp_is_lit: bool) -> State | None:
        """Decide on every utterance in ``samples`` (float32 [n], 16 kHz, -1..1).

        Args:
            t: s, when the first sample sounds.
            samples: room sound around the words included.
            lamp_is_lit: the lamp when it begins.

        Returns:
            The state after all that was said, None if it is the one before.
        """
        before: State = "lit" if lamp_is_lit else "dark"
        state = before
        self._last = None
        for cut in self._cut(samples):
            heard = self._ear.hear(cut.samples)
            said = _transcript(heard, t + cut.started, t + cut.ended, cut.level_db)
            state = self.hear_transcript(said, state == "lit") or state
        return state if state != before else None


def _transcript(heard: Any, started: float, ended: float, level_db: float) -> Transcript:
    """What an ear made of an utterance, whole: every field that a transcript has, too."""
    known = {one.name for one in fields(Transcript)} - TIMES - {"level_db", "soft"}
    written = {name: getattr(heard, name) for name in known if hasattr(heard, name)}
    soft: SoftText | None = getattr(heard, "soft", None)
    return Transcript(
        id="",
        started=started,
        ended=ended,
        heard=ended,
        soft=soft.encode() if soft else "",  # an ear that cannot tell leaves its text as it is
        level_db=level_db,
        **written,
    )
