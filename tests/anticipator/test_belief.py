from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.anticipator.belief import given_state, said_again

shares = st.tuples(st.floats(0.001, 1), st.floats(0, 1), st.floats(0, 1))


@given(shares, st.sampled_from(["lit", "dark"]), st.integers(0, 99), st.integers(0, 99))
def test_only_the_split_between_the_states_changes(
    weights: tuple[float, float, float], state: str, lit: int, dark: int
) -> None:
    words = tuple(weight / sum(weights) for weight in weights)
    wanted = given_state(words, state, {"lit": lit, "dark": dark})  # type: ignore[arg-type]
    assert wanted[0] == words[0]
    assert sum(wanted) == pytest.approx(1)
    assert min(wanted) >= 0


def test_the_state_the_lamp_is_not_in_gains() -> None:
    words = (0.2, 0.4, 0.4)
    assert given_state(words, "lit", {})[2] > 0.7
    assert given_state(words, "dark", {})[1] > 0.7


def test_much_teaching_lets_the_words_win() -> None:
    words = (0.0, 1.0, 0.0)
    little = given_state(words, "lit", {"lit": 1})
    much = given_state(words, "lit", {"lit": 60, "dark": 60})
    assert little[2] > 0.5 > much[2]


def test_what_is_no_command_stays_none() -> None:
    assert given_state((1.0, 0.0, 0.0), "dark", {}) == (1.0, 0.0, 0.0)


@given(st.floats(0, 1), st.floats(0, 1))
def test_saying_it_again_makes_a_command_likelier_and_changes_nothing_else(
    none: float, part: float
) -> None:
    before = (none, (1 - none) * part, (1 - none) * (1 - part))
    after = said_again(before)
    assert sum(after) == pytest.approx(1)
    assert after[0] <= before[0] + 1e-12
    assert after[1] * before[2] == pytest.approx(after[2] * before[1])
