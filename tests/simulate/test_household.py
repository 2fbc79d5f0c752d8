"""People in the simulated house talk, look and use the switch as people do."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from lamp.simulate.habits import Habits
from lamp.simulate.household import MoveSwitch, Say, evening_at_home
from lamp.simulate.summary import changes_asked
from tests.simulate.fakes import (
    USUAL,
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
    household = evening(lamp, seed, habits=dataclasses.replace(USUAL, p_notice=0.9))
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


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", [DeafLamp, ObedientLamp, NervousLamp])
def test_nobody_speaks_while_somebody_else_does(kind: type[DeafLamp], seed: int) -> None:
    lamp = kind()
    household = evening(lamp, seed, habits=None)
    sayings = [act for act in lamp.acts if isinstance(act, Say)]
    for before, after in itertools.pairwise(sayings):
        quiet_from = before.at + before.saying.seconds
        assert after.at >= quiet_from + household.habits.speech_gap - 1e-9


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
    household = evening_at_home(1, 5.0)
    now = 0.0
    while (due := household.next_at()) is not None:
        assert due >= now
        now = due
        for act in household.act(now, "dark"):
            assert act.at == now
            if isinstance(act, MoveSwitch):
                household.moved(act, act.to)
    assert now >= household.ends


FRIENDS = dataclasses.replace(Habits(), shows_per_hour=20.0, commands_per_minute=0.1)


def shown(lamp: DeafLamp, seed: int) -> list[tuple[Say, Say]]:
    """What friends were shown: the first word and the second."""
    household = evening(lamp, seed, 30, FRIENDS)
    at = {attempt.at for attempt in household.attempts if attempt.shown}
    says = [act for act in lamp.acts if isinstance(act, Say) and act.at in at]
    assert len(says) > 8
    return list(zip(says[::2], says[1::2], strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_friends_are_shown_one_word_and_a_moment_later_the_other(seed: int) -> None:
    lamp = ObedientLamp()
    pauses = []
    for first, second in shown(lamp, seed):
        assert {first.wanted, second.wanted} == {"lit", "dark"}
        assert first.saying.clip.speaker == second.saying.clip.speaker
        pauses.append(second.at - first.at - first.saying.seconds)
    assert min(pauses) == pytest.approx(FRIENDS.show_pause)
    assert sorted(pauses)[len(pauses) // 2] < FRIENDS.show_pause + 1.5  # unless somebody talks
    assert {move.reason for move in lamp.moves} <= {"silent"}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_friends_do_not_get_to_see_is_done_by_hand_each_time(seed: int) -> None:
    lamp = DeafLamp()
    pairs = shown(lamp, seed)
    for say in itertools.chain(*pairs):
        words_over = say.at + say.saying.seconds
        hand = next(move for move in lamp.moves if move.at > words_over)
        assert (hand.to, hand.reason) == (say.wanted, "teach")


def test_two_lamps_hear_the_same_evening_however_they_behave() -> None:
    """Else a seed would compare two lamps on two evenings."""
    deaf, obedient = DeafLamp(), ObedientLamp()
    for lamp in (deaf, obedient):
        evening(lamp, 5, habits=dataclasses.replace(Habits(), p_repeat=0.0, p_redundant=0.0))
    talk, commands = [], []
    for lamp in (deaf, obedient):
        says = [act for act in lamp.acts if isinstance(act, Say)]
        talk.append([say.saying for say in says if say.wanted is None])
        commands.append([say.saying.clip.speaker for say in says if say.wanted])
    alike = sum(one in talk[1] for one in talk[0])
    assert alike > 0.9 * len(talk[0])
    assert commands[0] == commands[1]


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5])
def test_every_evening_ends_whatever_its_people_are_like(seed: int) -> None:
    for lamp in (DeafLamp(), NervousLamp(), BrokenLamp()):
        household = evening(lamp, seed, 4.0, None)
        assert household.next_at() is None
        assert lamp.stretches[-1][1] < household.ends + 60
