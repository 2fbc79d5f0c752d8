"""Plays an hour in a household of text to a lamp."""

from __future__ import annotations

from typing import Protocol

from bench.household.log import Flip, Heard, Log
from bench.household.scenarios import Scenario
from bench.household.speakers import Written, WrittenVoices
from lamp.messages import State
from lamp.simulate.household import Household, MoveSwitch, Say

SAME_TIME = 0.005  # s

Charges = list[tuple[float, float | None]]


class LampUnderTest(Protocol):
    """Anything that reads and feels the switch. Time is ``t``, s, and never goes backwards."""

    def hear(self, t: float, transcript: str, lamp_is_lit: bool) -> State | None:
        """Words that ended at ``t``: the state to bring the lamp to, or None."""

    def flipped(self, t: float, lamp_is_lit: bool) -> None:
        """A hand moved the switch; the new state. Nobody says why."""

    def probabilities(self) -> tuple[float, float, float] | None:
        """None, lit, dark of the last words."""

    def attributed(self) -> Charges:
        """(t of a flip, t of words blamed for it or None), all so far; one flip may blame more."""


def play(scenario: Scenario, seed: int, lamp: LampUnderTest, minutes: float = 60.0) -> Log:
    """What happened in the household of ``scenario`` and ``seed`` with ``lamp``."""
    habits = scenario.habits(seed)
    household = Household(WrittenVoices(scenario, habits, seed), habits, seed, minutes)
    return _Hour(household, lamp, Log(minutes, habits)).play()


class _Hour:
    def __init__(self, household: Household, lamp: LampUnderTest, log: Log) -> None:
        self._household = household
        self._lamp = lamp
        self._log = log
        self._state: State = "dark"
        self._being_said: list[Say] = []

    def play(self) -> Log:
        while (due := self._household.next_at()) is not None:
            self._hear_until(due)
            for act in self._household.act(due, self._state):
                if isinstance(act, Say):
                    self._being_said.append(act)
                else:
                    self._move(act)
        told = self._lamp.attributed()
        for flip in self._log.flips:
            flip.charged_in_the_end = _charged(told, flip.move.at)
        return self._log

    def _hear_until(self, now: float) -> None:
        """The lamp reads what was said to its end by ``now``."""
        while self._being_said and _end(self._being_said[0]) <= now:
            say = self._being_said.pop(0)
            assert isinstance(say.saying, Written)
            text, before = say.saying.transcript, self._state
            self._state = self._lamp.hear(_end(say), text, before == "lit") or before
            clip = say.saying.clip
            first = say.wanted is not None and not say.repeat
            self._log.heard.append(
                Heard(
                    _end(say),
                    clip.speaker,
                    clip.words,
                    text,
                    say.wanted,
                    before,
                    self._state,
                    first,
                    self._lamp.probabilities(),
                )
            )

    def _move(self, move: MoveSwitch) -> None:
        causes = self._log.causes_of(move)
        self._state = move.to
        self._lamp.flipped(move.at, move.to == "lit")
        charged = _charged(self._lamp.attributed(), move.at)
        self._log.flips.append(Flip(move, causes, charged))
        self._household.moved(move, self._state)


def _end(say: Say) -> float:
    return say.at + say.saying.seconds


def _charged(told: Charges, flip_at: float) -> list[float]:
    return [blamed for at, blamed in told if blamed is not None and abs(at - flip_at) <= SAME_TIME]
