"""Bayes' rule over utterances: by hand, and against households whose truth is known."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.anticipator.behaviour import Behaviour, Delay, Rate, Share, Triple
from lamp.anticipator.posterior import Suspect, after_silence, causes_of_flip
from lamp.messages import ACTIONS, State, opposite


def _triple(shares: tuple[float, float, float]) -> Triple:
    total = sum(shares)
    return shares[0] / total, shares[1] / total, shares[2] / total


BELIEFS = st.tuples(*[st.floats(0.001, 1.0)] * 3).map(_triple)
STATES = st.sampled_from(("lit", "dark"))
SUSPECTS = st.builds(
    Suspect, st.uuids().map(str), st.floats(0, 12), STATES, st.sampled_from(ACTIONS), BELIEFS
)


@given(st.lists(SUSPECTS, max_size=6), STATES, st.integers(-1, 5))
def test_causes_sum_to_one(suspects: list[Suspect], state: State, which: int) -> None:
    undone = suspects[which].id if 0 <= which < len(suspects) else ""
    causes = causes_of_flip(suspects, 12.0, state, Behaviour(), undone)
    assert sum(causes.values()) == pytest.approx(1)
    assert min(causes.values()) >= 0


@given(SUSPECTS, st.floats(0, 100))
def test_silence_speaks_for_what_was_done_and_against_what_was_missed(
    suspect: Suspect, watched: float
) -> None:
    after = after_silence(suspect, suspect.ended + watched, Behaviour())
    assert sum(after) == pytest.approx(1)
    if suspect.action == "none":
        missed = opposite(suspect.before)
        assert after[ACTIONS.index(missed)] <= suspect.probability(missed) + 1e-9
    else:
        done = suspect.action
        assert after[ACTIONS.index(done)] >= suspect.probability(done) - 1e-9


@given(SUSPECTS, st.floats(0.1, 12), STATES)
def test_an_action_that_is_undone_is_all_to_blame_for_it(
    suspect: Suspect, later: float, state: State
) -> None:
    if suspect.action != "none":
        causes = causes_of_flip([suspect], suspect.ended + later, state, Behaviour(), suspect.id)
        assert causes[suspect.id] == pytest.approx(1)


def test_a_hazard_by_hand() -> None:
    """Median 3.5 s: half of those who reach for the switch, 45 in 100, are past; 55 are left."""
    behaviour = Behaviour()
    belief = (0.5, 0.5, 0.0)
    suspect = Suspect("u", 0.0, "dark", "none", belief)
    density = 1 / (3.5 * 0.6 * math.sqrt(2 * math.pi))
    wanted = 0.5 * 0.55 / (0.5 * 0.55 + 0.5)
    hazard = wanted * 0.9 * density / 0.55
    silent = 6 / 3600
    causes = causes_of_flip([suspect], 3.5, "lit", behaviour)
    assert causes["u"] == pytest.approx(hazard / (hazard + silent))


def test_words_that_asked_for_the_state_there_was_cause_no_flip() -> None:
    suspect = Suspect("u", 0.0, "lit", "none", (0.1, 0.9, 0.0))
    assert causes_of_flip([suspect], 3.0, "lit", Behaviour()) == {"": 1.0}


def _household(rng: random.Random) -> tuple[list[Suspect], str, float, State]:
    """Some talk; who asked for light, and is not obeyed, reaches for the switch as people do.

    What is believed of each utterance is true: so often it is a command for light.
    """
    behaviour = Behaviour()
    while True:
        suspects, flips = [], []
        for number in range(rng.randint(1, 4)):
            ended, p = rng.uniform(0, 8), rng.choice((0.02, 0.1, 0.3, 0.7))
            suspects.append(Suspect(f"u{number}", ended, "dark", "none", (1 - p, p, 0.0)))
            if rng.random() < p and rng.random() > behaviour.forgotten.value:
                delay = rng.lognormvariate(
                    math.log(behaviour.reaching.median), behaviour.reaching.spread
                )
                flips.append((ended + delay, f"u{number}"))
        flips.append((rng.expovariate(behaviour.silent_flips.per_second), ""))
        at, cause = min(flips)
        suspects = [one for one in suspects if one.ended <= at]
        if at <= 16:
            return suspects, cause, at, "lit"


def test_of_flips_blamed_with_a_probability_about_that_share_is_blamed_rightly() -> None:
    rng = random.Random(7)
    bins: dict[int, list[tuple[float, bool]]] = {}
    for _ in range(4000):
        suspects, truth, at, state = _household(rng)
        for name, p in causes_of_flip(suspects, at, state, Behaviour()).items():
            bins.setdefault(min(4, int(5 * p)), []).append((p, name == truth))
    assert sorted(bins) == [0, 1, 2, 3, 4]
    for cases in bins.values():
        claimed = sum(p for p, _ in cases) / len(cases)
        right = sum(hit for _, hit in cases) / len(cases)
        assert right == pytest.approx(claimed, abs=0.05)


@pytest.mark.parametrize("habit", [2.0, 8.0])
def test_delays_are_learned_from_the_home(habit: float) -> None:
    delay = Delay(3.5, 0.6)
    for _ in range(200):
        delay.learn(habit, 1.0)
    assert delay.median == pytest.approx(habit, rel=0.1)


def test_shares_and_rates_move_towards_what_is_seen() -> None:
    share, rate = Share(0.1), Rate(6 / 3600)
    for _ in range(90):
        share.learn(True, 1.0)
    assert share.value == pytest.approx(0.91)
    rate.learn(0.0, 10 * 3600)
    assert rate.per_second < 6 / 3600
    rate.learn(1000.0, 3600)
    assert rate.per_second > 6 / 3600


def test_the_cumulative_is_the_integral_of_the_density() -> None:
    delay, step = Delay(4.5, 0.6), 0.001
    total = sum(delay.density(step * (n + 0.5)) * step for n in range(8000))
    assert delay.passed(8.0) == pytest.approx(total, abs=1e-3)
