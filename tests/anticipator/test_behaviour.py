"""Each share moves the way that what happened says, and by as much as it is sure."""

from __future__ import annotations

import math
import random

import pytest

from lamp.anticipator.behaviour import CONFIDENCE, Behaviour, Delay

SHARES = ("forgotten", "noticed", "redundant", "commands")


def moved(before: Behaviour, after: Behaviour) -> dict[str, int]:
    """Which shares rose (1) and which fell (-1)."""
    change = {name: getattr(after, name).value - getattr(before, name).value for name in SHARES}
    return {name: int(math.copysign(1, by)) for name, by in change.items() if abs(by) > 1e-12}


def test_who_asked_in_vain_and_flips_has_not_forgotten_and_did_not_have_it() -> None:
    people = Behaviour()
    people.learn_cause(obeyed=False, probability=0.9)
    assert moved(Behaviour(), people) == {"commands": 1, "redundant": -1, "forgotten": -1}


def test_who_undoes_has_noticed() -> None:
    people = Behaviour()
    people.learn_cause(obeyed=True, probability=0.9)
    assert moved(Behaviour(), people) == {"noticed": 1}


def test_an_improbable_cause_moves_little() -> None:
    little, much = Behaviour(), Behaviour()
    little.learn_cause(obeyed=False, probability=0.1)
    much.learn_cause(obeyed=False, probability=1.0)
    assert 0.15 < little.commands.value < much.commands.value


def test_talk_that_nobody_minds_makes_commands_rarer() -> None:
    people = Behaviour()
    people.learn_silence("dark", "none", (1.0, 0.0, 0.0))
    assert moved(Behaviour(), people) == {"commands": -1}
    assert people.commands.value == pytest.approx(0.15 * CONFIDENCE / (CONFIDENCE + 1))


def test_a_command_in_vain_that_nobody_flips_for_was_forgotten() -> None:
    people = Behaviour()
    people.learn_silence("dark", "none", (0.0, 1.0, 0.0))
    assert moved(Behaviour(), people) == {"commands": 1, "redundant": -1, "forgotten": 1}


def test_a_command_for_the_state_there_is_was_redundant_and_not_forgotten() -> None:
    people = Behaviour()
    people.learn_silence("lit", "none", (0.0, 1.0, 0.0))
    assert moved(Behaviour(), people) == {"commands": 1, "redundant": 1}


def test_an_action_nobody_asked_for_and_nobody_undid_was_not_noticed() -> None:
    people = Behaviour()
    people.learn_silence("dark", "lit", (1.0, 0.0, 0.0))
    assert moved(Behaviour(), people) == {"commands": -1, "noticed": -1}


def test_an_action_that_was_asked_for_says_nothing_of_noticing() -> None:
    people = Behaviour()
    people.learn_silence("dark", "lit", (0.0, 1.0, 0.0))
    assert moved(Behaviour(), people) == {"commands": 1, "redundant": -1}


def test_a_doubtful_silence_counts_in_parts() -> None:
    """Expected counts: 10 guesses at 15 %, and one utterance that was a command to 40 %."""
    people = Behaviour()
    people.learn_silence("dark", "none", (0.6, 0.3, 0.1))
    assert people.commands.value == pytest.approx((1.5 + 0.4) / 11)
    assert people.redundant.value == pytest.approx((1.0 + 0.1) / 10.4)
    assert people.forgotten.value == pytest.approx((1.0 + 0.3) / 10.3)


def test_a_share_comes_to_be_what_happens() -> None:
    rng, people = random.Random(1), Behaviour()
    for _ in range(2_000):
        people.forgotten.learn(rng.random() < 0.4, 1.0)
    assert people.forgotten.value == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize(("median", "spread"), [(1.5, 0.2), (3.5, 0.6), (8.0, 1.0)])
def test_a_delay_comes_to_have_the_median_and_spread_it_is_seen_to_have(
    median: float, spread: float
) -> None:
    rng, delay = random.Random(2), Delay(3.5, 0.6)
    for _ in range(2_000):
        delay.learn(rng.lognormvariate(math.log(median), spread), 1.0)
    assert delay.median == pytest.approx(median, rel=0.05)
    assert delay.spread == pytest.approx(spread, rel=0.07)


def test_delays_that_are_always_the_same_narrow_it_and_nothing_is_faster_than_a_reaction() -> None:
    delay = Delay(3.5, 0.6)
    for _ in range(100):
        delay.learn(3.5, 1.0)
    assert delay.spread == pytest.approx(0.6 * math.sqrt(10 / 110))
    quick, shortest = Delay(3.5, 0.6), Delay(3.5, 0.6)
    quick.learn(0.0, 1.0)
    shortest.learn(0.2, 1.0)
    assert quick == shortest
    assert math.isfinite(quick.density(0.0))
