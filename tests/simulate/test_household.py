"""People in the simulated house talk, look and use the switch as people do."""

from __future__ import annotations

import itertools

import pytest

from lamp.simulate.household import Household, MoveSwitch, Say
from lamp.simulate.repertoire import load_clips
from lamp.simulate.summary import changes_asked
from tests.simulate.fakes import (
    BrokenLamp,
    DeafLamp,
    LearningLamp,
    NervousLamp,
    ObedientLamp,
    evening,
)

SEEDS = [1, 2, 3]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_seed_gives_the_same_evening(seed: int) -> None:
    one, other = LearningLamp(), LearningLamp()
    evening(one, seed)
    evening(other, seed)
    assert one.acts == other.acts
    assert one.stretches == other.stretches


def test_another_seed_gives_another_evening() -> None:
    one, other = DeafLamp(), DeafLamp()
    evening(one, 1)
    evening(other, 2)
    assert one.acts != other.acts


@pytest.mark.parametrize("seed", SEEDS)
def test_a_lamp_that_obeys_is_flipped_only_without_a_word(seed: int) -> None:
    lamp = ObedientLamp()
    household = evening(lamp, seed)
    assert {move.reason for move in lamp.moves} <= {"silent"}
    assert {attempt.outcome for attempt in household.attempts} == {"obeyed"}
    assert household.false_actions == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deaf_lamp_is_taught_again_and_again(seed: int) -> None:
    lamp = DeafLamp()
    household = evening(lamp, seed)
    asked = changes_asked(household.attempts)
    outcomes = [attempt.outcome for attempt in asked]
    assert len(asked) > 25
    assert "obeyed" not in outcomes
    assert "after repeat" not in outcomes
    assert outcomes.count("flipped") > 0.8 * len(asked)
    assert sum(move.reason == "teach" for move in lamp.moves) == outcomes.count("flipped")


def test_a_lamp_that_learns_needs_fewer_flips_later() -> None:
    household = evening(LearningLamp(), 1, minutes=40)
    outcomes = [attempt.outcome == "obeyed" for attempt in changes_asked(household.attempts)]
    assert sum(outcomes[-20:]) > sum(outcomes[:20]) + 5


@pytest.mark.parametrize("seed", SEEDS)
def test_a_false_action_is_noticed_mostly_and_then_undone(seed: int) -> None:
    lamp = NervousLamp()
    household = evening(lamp, seed)
    noticed = [action for action in household.false_actions if action.noticed]
    assert len(noticed) > 5
    assert len(noticed) > 0.7 * len(household.false_actions)
    corrections = [move for move in lamp.moves if move.reason == "correct"]
    assert 0 < len(corrections) <= len(noticed)  # some have undone themselves by then


def test_a_switch_that_does_nothing_is_tried_three_times_more_and_left_alone() -> None:
    lamp = BrokenLamp()
    evening(lamp, 1)
    runs: list[int] = []
    for move in lamp.moves:
        if move.again:
            runs[-1] += 1
        else:
            runs.append(1)
    assert max(runs) <= 4
    assert any(run > 1 for run in runs)


@pytest.mark.parametrize("lamp", [DeafLamp(), ObedientLamp(), NervousLamp()])
def test_nobody_speaks_while_somebody_else_does(lamp: DeafLamp) -> None:
    evening(lamp, 2)
    sayings = [act for act in lamp.acts if isinstance(act, Say)]
    for before, after in itertools.pairwise(sayings):
        assert after.at >= before.at + before.saying.seconds + 1.0


def test_the_evening_ends_with_quiet_so_that_the_last_words_get_their_label() -> None:
    lamp = DeafLamp()
    household = evening(lamp, 1)
    assert lamp.stretches[-1][1] >= household.ends
    assert lamp.stretches[-1][1] - lamp.acts[-1].at > 10


def test_all_who_live_there_speak_and_the_visitor_comes_late() -> None:
    lamp = DeafLamp()
    evening(lamp, 1, minutes=40)
    commands = [act for act in lamp.acts if isinstance(act, Say) and act.wanted]
    speakers = {act.saying.clip.speaker for act in commands}
    assert speakers == {"Ada", "Ben", "Callum"}
    visits = [act.at for act in commands if act.saying.clip.speaker == "Callum"]
    assert min(visits) > 0.7 * 40 * 60


def test_a_command_asks_for_the_state_its_words_ask_for() -> None:
    lamp = DeafLamp()
    evening(lamp, 3)
    for act in lamp.acts:
        if isinstance(act, Say) and act.wanted is not None:
            assert act.saying.clip.state == act.wanted
            assert act.saying.clip.kind == "command"


def test_no_two_sayings_sound_the_same() -> None:
    lamp = DeafLamp()
    evening(lamp, 1)
    sayings = [act.saying for act in lamp.acts if isinstance(act, Say)]
    assert len(set(sayings)) == len(sayings)


def test_acts_come_in_order_and_when_they_are_due() -> None:
    household = Household(load_clips(), 1, 5.0)
    now = 0.0
    while (due := household.next_at()) is not None:
        assert due >= now
        now = due
        for act in household.act(now, "dark"):
            assert act.at == now
            if isinstance(act, MoveSwitch):
                household.moved(act, act.to)
    assert now >= household.ends
