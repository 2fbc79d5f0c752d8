"""Plays a household's evening to a lamp, whatever stands behind it: processes or a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lamp.messages import State
from lamp.simulate.household import Act, Household, Say
from lamp.simulate.room import Room

LONGEST_STRETCH = 4.0  # s of sound that the lamp is given at once


class ListeningLamp(Protocol):
    """The lamp as the house sees it."""

    @property
    def state(self) -> State:
        """Whether it is lit now."""

    def hear(self, sound: bytes, started: float, until: float) -> None:
        """Take in sound; return when all that was said in it has been dealt with."""

    def flip(self, at: float) -> None:
        """A hand moves the switch; return when the lamp has followed."""


def play(
    household: Household,
    room: Room,
    lamp: ListeningLamp,
    tell: Callable[[Act], None] = lambda _: None,
    passed: Callable[[float], None] = lambda _: None,
) -> None:
    """Let the evening happen from beginning to end.

    Args:
        household: the people.
        room: what they say is heard through it.
        lamp: what they say it to.
        tell: is told whatever people do, before it has any effect.
        passed: is told how late it is (s), after every stretch.
    """
    now = 0.0
    while (due := household.next_at()) is not None:
        while now < due:
            until = min(due, now + LONGEST_STRETCH)
            lamp.hear(room.sound(now, until), now, until)
            now = until
            passed(now)
        for act in household.act(now, lamp.state):
            tell(act)
            if isinstance(act, Say):
                room.add(act.saying, act.at)
            else:
                lamp.flip(act.at)
                household.moved(act, lamp.state)
