"""How something was said, beside what was said: the pause before it, its length, its loudness.

People speak to a lamp out of a silence, and briefly; a television talks on. Each measure has a
normal distribution for commands and another for other talk, with means that move with the home's
own labels (naive Bayes).

>>> manner = Manner()
>>> brief = Moment(pause=60.0, since_change=60.0, letters=8, level_db=-30.0)
>>> talking_on = Moment(pause=1.0, since_change=60.0, letters=45, level_db=-30.0)
>>> manner.odds(brief) > 2, manner.odds(talking_on) < 0.5
(True, True)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lamp.diary.exchange import Moment

SEEN_BEFORE = 5.0  # utterances that the guesses are worth
MOST = 1.5  # nats that a single measure may say: the measures overlap with each other


@dataclass
class _Measure:
    """Means for commands and for other talk, and their common standard deviation."""

    command: float
    other: float
    spread: float
    commands: float = SEEN_BEFORE
    others: float = SEEN_BEFORE

    def nats(self, value: float) -> float:
        """How many nats likelier ``value`` is of a command."""
        apart = (value - self.other) ** 2 - (value - self.command) ** 2
        return max(-MOST, min(MOST, apart / (2 * self.spread**2)))

    def learn(self, value: float, is_command: bool, weight: float) -> None:
        if is_command:
            self.commands = self.commands + weight
            self.command += weight / self.commands * (value - self.command)
        else:
            self.others = self.others + weight
            self.other += weight / self.others * (value - self.other)


class Manner:
    """What is known of how commands are said in this home; all guesses are [O]."""

    def __init__(self) -> None:
        self._pause = _Measure(math.log(8), math.log(4), 1.0)  # of s
        self._letters = _Measure(math.log(10), math.log(22), 0.7)  # of letters
        self._level = _Measure(-30, -30, 6)  # dB; nothing is known before the home is

    def odds(self, moment: Moment | None) -> float:
        """How many times likelier a command is said like this than anything else is."""
        if moment is None:
            return 1.0
        return math.exp(sum(measure.nats(value) for measure, value in self._measured(moment)))

    def learn(self, moment: Moment | None, is_command: bool, weight: float) -> None:
        """An utterance was labelled; a negative weight takes that back."""
        if moment is None:
            return
        for measure, value in self._measured(moment):
            measure.learn(value, is_command, weight)

    def _measured(self, moment: Moment) -> list[tuple[_Measure, float]]:
        return [
            (self._pause, math.log(min(60.0, moment.pause) + 1)),
            (self._letters, math.log(moment.letters + 1)),
            (self._level, moment.level_db),
        ]
