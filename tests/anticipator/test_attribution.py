from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.anticipator.attribution import causes, same_words
from lamp.diary.exchange import Exchange


def said(text: str, at: float, lit: float = 0.01, action: str = "none") -> Exchange:
    return Exchange(
        id=f"{text} at {at}",
        text=text,
        confidence=1.0,
        started=at - 1,
        ended=at,
        state_before="dark",
        probabilities=(0.99 - lit, lit, 0.01),
        action=action,  # type: ignore[arg-type]
    )


def test_people_take_some_seconds_to_reach_the_switch() -> None:
    one, other = said("lumos", 10), said("lumen", 13.5)
    assert causes([one, other], 14, "lit", 12)[0].exchange is one


def test_what_the_model_believed_counts_against_the_delay() -> None:
    likely, near = said("lumos", 10, lit=0.5), said("lunch", 12)
    assert causes([likely, near], 15.5, "lit", 12)[0].exchange is likely


def test_short_words_are_likelier_commands_than_long_talk() -> None:
    short, long = said("light", 10), said("so I said to him that this could not go on", 10)
    assert causes([long, short], 13, "lit", 12)[0].exchange is short


def test_an_action_the_model_was_unsure_of_is_suspected_first() -> None:
    sure = said("lumos", 10, lit=0.95, action="lit")
    unsure = said("lunch", 10, lit=0.45, action="lit")
    assert causes([sure, unsure], 13, "dark", 12)[0].exchange is unsure


def test_an_action_on_words_that_were_said_twice_is_hardly_suspected() -> None:
    before, insisted = said("lumos", 10), said("lumos", 14, lit=0.99, action="lit")
    calling = said("lunch", 15, lit=0.15)
    assert causes([insisted, calling], 18, "lit", 12)[0].exchange is insisted
    assert causes([before, insisted, calling], 18, "lit", 12)[0].exchange is calling


def test_unknown_words_said_like_a_command_are_suspected_before_others() -> None:
    calm, talk = said("lumos", 10), said("lunch", 10)
    manner = {calm.id: 3.0, talk.id: 0.5}
    suspects = causes([talk, calm], 13, "lit", 12, lambda one: manner[one.id])
    assert suspects[0].exchange is calm
    assert suspects[0].probability > 3 * suspects[1].probability


def test_nothing_outside_the_window_is_suspected() -> None:
    assert causes([said("lumos", 10)], 23, "lit", 12) == []
    assert causes([said("lumos", 10)], 9, "lit", 12) == []


@given(st.lists(st.floats(0, 12), max_size=6), st.floats(0, 1))
def test_suspicions_are_probabilities_with_room_for_nothing(
    delays: list[float], belief: float
) -> None:
    suspects = causes([said("x", 20 - d, lit=belief) for d in delays], 20, "lit", 12)
    total = sum(suspect.probability for suspect in suspects)
    assert 0 <= total < 1 + 1e-9
    assert all(suspect.probability >= 0 for suspect in suspects)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("turn the light on", "turn de light on", True),
        ("turn the light on", "torn the lite on", True),
        ("turn the light on", "what is for dinner", False),
    ],
)
def test_noisy_repeats_are_recognised(one: str, other: str, same: bool) -> None:
    assert same_words(one, other) is same
