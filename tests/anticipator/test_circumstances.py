"""What the circumstances of an utterance say, before and after a home is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lamp.anticipator.circumstances import EDGES, HINTS, Circumstances
from lamp.diary.exchange import Moment

CALM = Moment(pause=30.0, since_change=60.0, letters=20, level_db=-30.0)
TALK = Moment(pause=1.0, since_change=60.0, letters=60, level_db=-30.0)


def test_at_first_a_short_word_out_of_a_silence_is_likelier_a_command() -> None:
    at_first = Circumstances()
    assert at_first.odds(CALM) > 1.5
    assert at_first.odds(TALK) < 0.5


def test_a_home_where_commands_are_said_into_the_talk_is_learned() -> None:
    home = Circumstances()
    for _ in range(100):
        home.learn(TALK, is_command=True, weight=1.0)
        home.learn(CALM, is_command=False, weight=1.0)
    assert home.odds(TALK) > 1 > home.odds(CALM)


def test_what_never_varies_says_nothing() -> None:
    home = Circumstances()
    at_first = home.odds(CALM)
    for _ in range(50):
        home.learn(CALM, is_command=True, weight=1.0)
    for _ in range(5000):
        home.learn(CALM, is_command=False, weight=1.0)
    assert home.odds(CALM) == pytest.approx(1, rel=0.2)
    assert at_first > 2


def test_a_bin_nobody_spoke_in_says_what_it_said_at_first() -> None:
    home = Circumstances()
    for _ in range(500):
        home.learn(TALK, is_command=False, weight=1.0)
    loud = replace(TALK, level_db=-10.0)
    assert home.odds(loud) == pytest.approx(home.odds(TALK), rel=0.3)


def test_a_loud_voice_beside_a_quiet_television_is_told_apart() -> None:
    home = Circumstances()
    near, far = replace(CALM, level_db=-20.0), replace(CALM, level_db=-40.0)
    for _ in range(10):
        home.learn(near, is_command=True, weight=1.0)
        home.learn(far, is_command=False, weight=1.0)
    assert home.odds(near) > 1.5 * home.odds(far)


def test_what_is_taken_back_was_never_there() -> None:
    home = Circumstances()
    home.learn(TALK, is_command=True, weight=0.3)
    home.learn(TALK, is_command=True, weight=-0.3)
    assert home.odds(TALK) == pytest.approx(Circumstances().odds(TALK))


def test_there_is_a_hint_for_every_bin() -> None:
    assert {name: len(edges) + 1 for name, edges in EDGES.items()} == {
        name: len(hints) for name, hints in HINTS.items()
    }
