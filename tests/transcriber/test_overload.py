"""More speech than can be heard: what is heard is heard in time, and the lamp says so."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from lamp.messages import SAMPLE_RATE, Utterance
from lamp.transcriber.backlog import Backlog

EVERY = 2.0  # s between two utterances, on average
IN_TIME = 2.8  # s
SECOND = bytes(2 * SAMPLE_RATE)


@dataclass
class Board:
    """Hears utterances, each of which takes ``load`` times as long as there is until the next."""

    load: float
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    now: float = 0.0
    said: int = 0
    ages: list[float] = field(default_factory=list)  # s, of utterances when they have been heard
    after: float = 0.0  # s, when the next one is said

    def live(self, seconds: float) -> None:
        self.backlog = Backlog(5.0, IN_TIME, lambda _: EVERY * self.load)
        while self.now < seconds:
            self.catch_up()
            for waiting in self.backlog.take(lambda: self.now):
                took = EVERY * self.load * self.chance.uniform(0.9, 1.1)  # a guess is no promise
                self.now += took
                self.ages.append(self.now - waiting.message.ended)
                self.catch_up()
                if self.now >= seconds:
                    return
            self.now = max(self.now, self.after)

    def catch_up(self) -> None:
        """Whatever was said until now waits."""
        while self.after <= self.now:
            ended = self.after - 0.5
            name = f"u{self.said}"
            whole = Utterance(name, SECOND, ended - 1, ended, self.after, -20.0, 0.0)
            self.backlog.put(whole, self.after)
            self.said += 1
            self.after += self.chance.expovariate(1 / EVERY)

    @property
    def in_time(self) -> float:
        """Share of what was heard that could be acted on."""
        return sum(age <= IN_TIME for age in self.ages) / len(self.ages)


@pytest.mark.parametrize("load", [0.5, 0.7, 0.9, 1.05])
def test_with_too_much_speech_what_is_heard_is_heard_in_time(load: float) -> None:
    """At 1.05 it was 0.3 %: first in, first out, the wait grew to all that was allowed."""
    board = Board(load)
    board.live(3600.0)
    assert board.in_time > 0.9
    assert len(board.ages) > 0.5 * board.said
    assert board.backlog.dropped + len(board.ages) + len(board.backlog) == board.said


def test_a_board_that_is_too_slow_for_anything_still_learns_from_some() -> None:
    board = Board(1.5)
    board.live(3600.0)
    assert board.in_time < 0.1
    assert len(board.ages) > 0.25 * board.said


def test_one_that_can_be_heard_in_time_need_not_make_room() -> None:
    """ "Lumos", and "thank you" right behind it, on a slow board."""
    backlog = Backlog(5.0, IN_TIME, lambda _: 1.5)
    for name, ended in (("lumos", 0.0), ("thanks", 0.9)):
        backlog.put(Utterance(name, SECOND, ended - 1, ended, ended, -20.0, 0.0), ended)
    assert [each.message.id for each in backlog.take(lambda: 0.5)] == ["lumos", "thanks"]


def test_of_what_comes_too_late_the_newest_is_heard_where_there_is_time() -> None:
    backlog = Backlog(5.0, IN_TIME, lambda _: 60.0)
    for name, ended in (("old", 0.0), ("new", 1.0)):
        backlog.put(Utterance(name, SECOND, ended - 1, ended, ended, -20.0, 0.0), ended)
    assert [each.message.id for each in backlog.take(lambda: 1.5)] == ["new"]
    assert backlog.dropped == 1
