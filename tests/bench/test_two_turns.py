"""The two-turn household: what is asked of a lamp there, and that chance is chance."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from bench.household.contestants import NeverLamp
from bench.two_turns.contestants import TwoUtterances
from bench.two_turns.conversations import CONVERSATIONS
from bench.two_turns.play import Table
from lamp.messages import State


class Listener(NeverLamp):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, str, bool]] = []
        self.flips: list[tuple[float, bool]] = []

    def hear(self, t: float, transcript: str, lamp_is_lit: bool) -> None:
        self.heard.append((t, transcript, lamp_is_lit))

    def flipped(self, t: float, lamp_is_lit: bool) -> None:
        self.flips.append((t, lamp_is_lit))


def test_the_second_turn_alone_says_nothing() -> None:
    meanings = Counter((one.second, one.wanted) for one in CONVERSATIONS)
    seconds = {one.second for one in CONVERSATIONS}
    for second in seconds:
        assert [meanings[second, wanted] for wanted in ("none", "lit", "dark")] == [1, 1, 1]


def test_a_lamp_that_does_nothing_is_right_in_a_third() -> None:
    answers = Table(NeverLamp(), 3).play(120)
    assert sum(one.right for one in answers) / len(answers) == pytest.approx(1 / 3, abs=0.03)


def test_who_knows_the_meaning_is_always_right() -> None:
    class Knowing(NeverLamp):
        """Knows which conversation it is by the channel's letters of a clean room."""

        def __init__(self) -> None:
            self.first = ""

        def hear(self, t: float, transcript: str, lamp_is_lit: bool) -> State | None:
            for one in CONVERSATIONS:
                if (one.first, one.second) == (self.first, transcript) and one.wanted != "none":
                    return one.wanted
            self.first = transcript
            asked = {one.first: one.asked for one in CONVERSATIONS}
            return asked.get(transcript)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.two_turns.play.RATE", 0.0)
        table = Table(Knowing(), 1)
        assert all(one.right for one in table.play(60))
        assert table.flips == 0


def test_time_never_goes_backwards_and_every_flip_changes_the_lamp() -> None:
    listener = Listener()
    Table(listener, 0).play(20)
    times = [t for t, *_ in listener.heard]
    assert times == sorted(times)
    lit = [state for _, state in listener.flips]
    assert all(one != other for one, other in pairwise(lit))


def test_two_utterances_are_one_text_while_they_are_close() -> None:
    listener = Listener()
    both = TwoUtterances(listener)
    both.hear(100.0, "going up", False)
    both.hear(104.0, "now", False)
    both.hear(130.0, "now", False)
    assert [text for _, text, _ in listener.heard] == ["going up", "going up now", "now"]
