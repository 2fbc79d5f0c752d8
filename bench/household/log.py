"""What happened in an hour, as the bench sees it: the truth beside what the lamp did."""

from __future__ import annotations

from dataclasses import dataclass, field

from lamp.messages import State
from lamp.simulate.habits import Habits
from lamp.simulate.household import MoveSwitch


@dataclass(frozen=True)
class Heard:
    """One utterance. Times in s.

    words: what was really said, by ``speaker``.
    text: what the lamp read.
    wanted: the state asked for; None: it was not meant for the lamp.
    first: a command said for the first time, not its repeat.
    probabilities: the lamp's for none, lit, dark, if it tells.
    """

    ended: float
    speaker: str
    words: str
    text: str
    wanted: State | None
    before: State
    after: State
    first: bool = False
    probabilities: tuple[float, float, float] | None = None

    @property
    def acted(self) -> bool:
        """The lamp changed."""
        return self.before != self.after

    @property
    def false_action(self) -> bool:
        """The lamp changed, and this did not ask for that."""
        return self.acted and self.wanted != self.after

    @property
    def asks_for_change(self) -> bool:
        """A first saying for the state that the lamp is not in."""
        return self.first and self.wanted not in (None, self.before)


@dataclass
class Flip:
    """The switch was moved.

    causes: what was said that made somebody move it, a command's repeat before its first
        saying; empty: nothing.
    charged: ends (s) of the utterances blamed right then; None: the lamp does not tell.
    charged_in_the_end: the same when the hour was over.
    """

    move: MoveSwitch
    causes: list[Heard] = field(default_factory=list)
    charged: list[float] | None = None
    charged_in_the_end: list[float] | None = None

    @property
    def cause(self) -> Heard | None:
        """The last of the causes."""
        return self.causes[0] if self.causes else None


@dataclass
class Log:
    """All of it, in order."""

    minutes: float
    habits: Habits
    heard: list[Heard] = field(default_factory=list)
    flips: list[Flip] = field(default_factory=list)

    def causes_of(self, move: MoveSwitch) -> list[Heard]:
        """What was said that made somebody move the switch just now.

        A command that was not obeyed, with its first saying if it was a repeat; or the last
        thing that changed the lamp.
        """
        if move.reason == "silent" or move.again:
            return []
        if move.reason == "correct":
            return [one for one in reversed(self.heard) if one.acted][:1]
        causes = []
        for one in reversed(self.heard):
            if one.wanted == move.to:
                causes.append(one)
            if one.first:
                break
        return causes
