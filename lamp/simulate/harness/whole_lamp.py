"""The real anticipator and trainer, synchronous.

The bench calls hear() and flipped() and waits; messages between anticipator and trainer
are delivered at once, and the trainer's budget is counted in steps, so that the same calls
give the same answers on any machine.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from lamp.anticipator.anticipator import Anticipator
from lamp.clock import ReplayClock
from lamp.config import Config
from lamp.diary import conversation
from lamp.diary.writer import Diary
from lamp.language_model import LanguageModel, StepBudget
from lamp.messages import Directive, Message, NewLabels, State, Transcript
from lamp.similarity import Calibration
from lamp.trainer.selection import select
from lamp.trainer.trainer import Trainer

POLISH_STEPS = 30  # of a refit
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)  # benches have no nights


class HarnessLamp:
    """A whole lamp in one thread; what the household bench plays to.

    Its clock never goes backwards: what is told to have happened before something that was
    told already counts as happening now.
    """

    def __init__(
        self, seed: int, config: Config | None = None, calibration: Calibration | None = None
    ) -> None:
        config = config or Config()
        calibration = calibration or Calibration()
        deciding = replace(config.deciding, boldness_at_night=config.deciding.boldness)
        self._correction_window = deciding.correction_window
        self._diary = Diary.in_memory()
        self._clock = ReplayClock(NOON)
        self._directive: Directive | None = None  # answers the utterance at hand
        self._obeyed: tuple[float, Directive] | None = None  # when, and what changed the lamp last
        self._refit_due = False
        self._count = 0
        self._flips: list[tuple[float, str]] = []
        settings = conversation.settings(config.training.preset, calibration.learned)
        self._trainer = Trainer(settings, lambda: StepBudget(POLISH_STEPS), seed)
        model = LanguageModel.fresh(conversation.TOKENS, settings)
        self._anticipator = Anticipator(
            model, self._diary, deciding, self._clock, self._deliver, calibration=calibration
        )
        self._last: tuple[float, float, float] | None = None

    def hear(self, t: float, transcript: str, lamp_is_lit: bool) -> State | None:
        """Decide on one finished utterance; ``t`` in seconds, the answer a state or None."""
        return self.hear_transcript(
            Transcript("", transcript, confidence=1.0, started=t, ended=t, heard=t), lamp_is_lit
        )

    def hear_transcript(self, said: Transcript, lamp_is_lit: bool) -> State | None:
        """The same of a whole transcript (times in s); it is given an id of its own."""
        now = self._pass_time(said.ended)
        self._refit_if_due()
        state: State = "lit" if lamp_is_lit else "dark"
        self._anticipator.lamp_changed(state)
        self._directive = None
        self._count += 1
        exchange = self._anticipator.hear(replace(said, id=f"u{self._count}", heard=now))
        self._last = exchange.probabilities if exchange else None
        self._refit_if_due()
        if self._directive is None:
            return None
        if self._directive.state != state:
            self._obeyed = now, self._directive
        return self._directive.state

    def flipped(self, t: float, lamp_is_lit: bool) -> None:
        """The owner moved the switch at ``t`` seconds; the new state."""
        now = self._pass_time(t)
        self._count += 1
        flip = f"f{self._count}"
        state: State = "lit" if lamp_is_lit else "dark"
        self._anticipator.flipped(flip, state, now, self._undone(now))
        self._obeyed = None
        self._flips.append((t, flip))
        self._refit_if_due()

    def probabilities(self) -> tuple[float, float, float] | None:
        """P(none), P(lit), P(dark) of the last transcript heard."""
        return self._last

    def attributed(self) -> list[tuple[float, float | None]]:
        """(time of the flip, end of the utterance blamed or None) for all flips, in s.

        As the diary has it now: what the lamp learns later may move a flip.
        """
        blamed: dict[str, list[float]] = {}
        for one in self._diary.labelled():
            if one.label is not None and one.label.flip:
                blamed.setdefault(one.label.flip, []).append(one.ended)
        return [(t, end) for t, flip in self._flips for end in blamed.get(flip, [None])]

    def _pass_time(self, until: float) -> float:
        """The time now (s), ``until`` or later."""
        self._clock.advance(until)
        now = self._clock.now()
        self._anticipator.advance(now)
        return now

    def _undone(self, at: float) -> str:
        """The directive that a flip at ``at`` s undoes, as the operator would say; or nothing."""
        if self._obeyed is None or at - self._obeyed[0] > self._correction_window:
            return ""
        return self._obeyed[1].id

    def _deliver(self, recipient: str, message: Message) -> None:
        if recipient == "operator" and isinstance(message, Directive):
            self._directive = message
        if recipient == "trainer" and isinstance(message, NewLabels):
            self._refit_due = True

    def _refit_if_due(self) -> None:
        if not self._refit_due:
            return
        self._refit_due = False
        position = self._diary.position()
        read = select(self._diary)
        refit = self._trainer.refit(read.exchanges, read.examples, read.older)
        if refit.verdict.promoted:
            self._anticipator.adopt(refit.model, position)
