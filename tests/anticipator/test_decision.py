from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lamp.anticipator.behaviour import Triple
from lamp.anticipator.decision import Decision, decide, threshold
from lamp.anticipator.words import Reading
from lamp.config import Deciding
from lamp.messages import State


def decided(
    words: Triple,
    wanted: Triple | None = None,
    state: State = "dark",
    age: float = 0.0,
    needed: float = 0.7,
    undone: bool = False,
) -> Decision:
    reading = Reading(words, (0.0, 0.0, 0.0), undone)
    return decide(reading, wanted or words, True, state, age, needed, oldest=3.0)


@pytest.mark.parametrize(
    ("hour", "minute", "night", "bold"),
    [
        (12, 0, "22:30-06:30", True),
        (23, 0, "22:30-06:30", False),
        (6, 29, "22:30-06:30", False),
        (6, 30, "22:30-06:30", True),
        (13, 30, "13:00-14:00", False),
        (14, 0, "13:00-14:00", True),
    ],
)
def test_the_night_has_a_boldness_of_its_own(
    hour: int, minute: int, night: str, bold: bool
) -> None:
    deciding = Deciding(boldness=0.6, boldness_at_night=0.2, night=night)
    wall = datetime(2026, 1, 1, hour, minute, tzinfo=UTC)
    assert threshold(deciding, wall) == pytest.approx(0.4 if bold else 0.8)


def test_the_likelier_of_two_states_must_be_the_one_to_go_to() -> None:
    assert decided((0.0, 0.48, 0.52), needed=0.4).action == "none"
    assert decided((0.0, 0.52, 0.48), needed=0.4).action == "lit"


def test_boldness_zero_never_acts_and_boldness_one_acts_at_a_hint() -> None:
    assert decided((0.0, 0.999, 0.001), needed=1.0).action == "none"
    assert decided((0.4, 0.35, 0.25), needed=0.0).action == "lit"


def test_no_manner_makes_it_act_on_words_that_likelier_say_nothing() -> None:
    decision = decided((0.51, 0.49, 0.0), wanted=(0.01, 0.99, 0.0))
    assert decision.action == "none"
    assert "nothing was asked for" in decision.reason


def test_what_was_undone_and_what_was_said_long_ago_is_not_acted_on() -> None:
    sure = (0.01, 0.98, 0.01)
    assert decided(sure).action == "lit"
    assert "undone" in decided(sure, undone=True).reason
    assert "too late" in decided(sure, age=3.1).reason
    assert decided(sure, undone=True).action == decided(sure, age=3.1).action == "none"
