"""Every number of the bench, on logs so small that anybody can count along."""

from __future__ import annotations

import math

import pytest

from bench.household.log import Flip, Heard, Log
from bench.household.measures import (
    acted_again,
    acted_against,
    calibration_error,
    charged_right,
    flips_to_ninety,
    measure,
    obeyed_around,
    silent_charged,
)
from bench.household.tables import quantile, table, versus
from lamp.messages import State
from lamp.simulate.habits import Habits
from lamp.simulate.household import MoveSwitch


def heard(
    ended: float,
    words: str,
    wanted: State | None = None,
    before: State = "dark",
    after: State | None = None,
    first: bool = True,
) -> Heard:
    return Heard(
        ended, "Ada", words, words, wanted, before, after or before, first and bool(wanted)
    )


def flip(at: float, to: State, *causes: Heard, reason: str = "teach") -> Flip:
    return Flip(MoveSwitch(at, to, reason), list(causes))  # type: ignore[arg-type]


def log(*events: Heard | Flip) -> Log:
    one = Log(60.0, Habits())
    one.heard = [event for event in events if isinstance(event, Heard)]
    one.flips = [event for event in events if isinstance(event, Flip)]
    return one


def test_an_action_that_nobody_asked_for_is_false_and_one_against_a_command_too() -> None:
    assert heard(1, "dinner", None, "dark", "lit").false_action
    assert heard(1, "lights off", "dark", "dark", "lit").false_action  # OFF turned it on
    assert not heard(1, "lights on", "lit", "dark", "lit").false_action
    assert not heard(1, "lights on", "lit", "dark", "dark").false_action  # only deaf


def test_the_same_words_acting_again_count_from_the_correction_on() -> None:
    first = heard(10, "we walked to school", None, "dark", "lit")
    undone = flip(13, "dark", first, reason="correct")
    again = heard(50, "we walked to school", None, "lit", "dark")
    other = heard(60, "would you like tea", None, "dark", "lit")
    asleep = heard(70, "we walked to school", None, "dark", "dark")
    assert acted_again(log(first, undone, again, other, asleep)) == 1
    assert acted_again(log(first, again)) == 0  # nobody had noticed
    assert acted_again(log(first, undone, other)) == 0


def test_the_words_of_somebody_else_are_other_words() -> None:
    first = heard(10, "we walked to school", None, "dark", "lit")
    undone = flip(13, "dark", first, reason="correct")
    ben = Heard(50, "Ben", "we walked to school", "", None, "dark", "lit")
    assert acted_again(log(first, undone, ben)) == 0


def test_right_actions_on_words_that_were_once_wrong_are_no_relapse() -> None:
    wrong = heard(10, "lights on", "lit", "lit", "dark")
    undone = flip(13, "lit", wrong, reason="correct")
    right = heard(90, "lights on", "lit", "dark", "lit")
    assert acted_again(log(wrong, undone, right)) == 0


def test_acting_against_what_was_taught() -> None:
    missed = heard(10, "lights off", "dark", "lit", "lit")
    taught = flip(13, "dark", missed)
    opposite = heard(50, "lights off", "dark", "dark", "lit")
    assert acted_against(log(missed, taught, opposite)) == 1
    obeyed = heard(20, "lights out", "dark", "lit", "dark")
    assert acted_against(log(obeyed, heard(50, "lights out", "dark", "dark", "lit"))) == 1
    assert acted_against(log(opposite)) == 0  # never taught
    both = flip(30, "lit", heard(25, "lights off", "lit", "dark", "dark"))
    assert acted_against(log(missed, taught, both, opposite)) == 0  # taught as either


def test_obedience_is_counted_around_a_minute_at_first_sayings_for_a_change() -> None:
    asked = [
        heard(60 * 4, "on", "lit", "dark", "lit"),
        heard(60 * 6, "on", "lit", "dark", "dark"),
        heard(60 * 9, "on", "lit", "dark", "dark"),
    ]
    assert obeyed_around(asked, 5) == 0.5
    assert math.isnan(obeyed_around(asked, 60))
    assert math.isnan(obeyed_around(asked, 20, minutes=15))
    redundant = heard(60 * 5, "on", "lit", "lit", "lit")
    repeat = heard(60 * 5, "on", "lit", "dark", "lit", first=False)
    assert not redundant.asks_for_change
    assert not repeat.asks_for_change
    assert measure(log(*asked, redundant, repeat))["commands"] == 3


def test_flips_before_nine_in_ten_are_obeyed() -> None:
    deaf = [heard(at, "on", "lit", "dark", "dark") for at in range(10, 40, 10)]
    good = [heard(at, "on", "lit", "dark", "lit") for at in range(40, 240, 10)]
    flips = [flip(at + 3, "lit") for at in range(10, 40, 10)]
    flips.append(flip(15, "dark", reason="silent"))
    assert flips_to_ninety(deaf + good, flips) == 1  # two of the three count among the twenty
    assert flips_to_ninety(deaf, flips) == math.inf


def test_a_flip_is_charged_right_if_only_its_cause_or_the_first_saying_is_blamed() -> None:
    first, again = heard(10, "on", "lit"), heard(14, "on", "lit", first=False)
    cases = {(14.0,): 1, (10.0,): 1, (10.0, 14.0): 1, (9.0,): 0, (9.0, 14.0): 0, (): 0}
    for blamed, right in cases.items():
        one = flip(16, "lit", again, first)
        one.charged = list(blamed)
        assert charged_right([one], lambda each: each.charged) == right, blamed
    assert math.isnan(charged_right([flip(16, "lit", again)], lambda each: each.charged))


def test_silent_flips_are_not_to_be_charged_to_anybody() -> None:
    quiet, blamed = flip(10, "lit", reason="silent"), flip(90, "dark", reason="silent")
    quiet.charged_in_the_end, blamed.charged_in_the_end = [], [88.0]
    assert silent_charged([quiet, blamed]) == 0.5


def test_the_cause_of_a_flip_is_the_command_with_its_repeat_or_the_last_that_changed_it() -> None:
    old = heard(5, "on", "lit")
    first, talk = heard(50, "on", "lit"), heard(52, "dinner")
    again = heard(55, "on", "lit", first=False)
    one = log(old, first, talk, again)
    assert one.causes_of(MoveSwitch(58, "lit", "teach")) == [again, first]
    acted = heard(60, "the news", None, "lit", "dark")
    one.heard += [acted, heard(63, "dinner")]
    assert one.causes_of(MoveSwitch(65, "lit", "correct")) == [acted]
    assert one.causes_of(MoveSwitch(90, "dark", "silent")) == []


def test_calibration() -> None:
    def forecast(probability: float, came: bool) -> Heard:
        given = (1 - probability, probability, 0.0)
        wanted: State | None = "lit" if came else None
        return Heard(700.0, "Ada", "x", "x", wanted, "dark", "dark", probabilities=given)

    right = [forecast(0.75, came) for came in (True, True, True, False)]
    assert calibration_error(right) == pytest.approx(0.0)
    assert calibration_error([forecast(0.9, False)] * 5) == pytest.approx(0.9)
    early = Heard(10.0, "Ada", "x", "x", None, "dark", "dark", probabilities=(0.0, 1.0, 0.0))
    assert math.isnan(calibration_error([early]))


def test_quantiles_lie_between_values_and_may_be_infinite() -> None:
    assert quantile([1, 2, 3, 4], 0.5) == 2.5
    assert quantile([5], 0.25) == 5
    assert quantile([1, math.inf, math.inf], 0.5) == math.inf


def test_tables_name_the_seeds_that_lost() -> None:
    good, bad = (measure(log(*[heard(9, "x", None, "dark", after)])) for after in ("dark", "lit"))
    told = versus("lamp", {1: good, 2: bad, 3: good}, "lr", {1: bad, 2: good, 3: good})
    line = next(line for line in told.splitlines() if "false actions" in line)
    assert "1 won, 1 drawn, 1 lost: seed 2 (1 to 0)" in line
    shown = table([("lamp", {1: good, 2: bad})], quartiles=True)
    assert "| 0.5 (worst 1) |" in shown
