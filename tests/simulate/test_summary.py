"""What an evening came to is counted right and told in a few lines."""

from __future__ import annotations

import json
import re

from lamp.messages import Decided, Labelled, LampChanged, Refitted, State
from lamp.simulate.household import Attempt, Outcome
from lamp.simulate.summary import Summary, Tally, changes_asked, shares, told
from tests.simulate.fakes import DeafLamp, NervousLamp, evening


def attempt(outcome: Outcome | None, redundant: bool = False, wanted: State = "lit") -> Attempt:
    return Attempt(1.0, "Ada", "lumos", wanted, redundant, outcome)


def decided(name: str, **stages: float) -> Decided:
    return Decided(name, "lumos", (0.1, 0.8, 0.1), "lit", "likely", 3.0, stages)


def summary_of(tally: Tally, lamp: DeafLamp, seconds: float = 12.5) -> Summary:
    return tally.summary(evening(lamp, 1, 10), 1, 10, seconds, "curve.svg")


def test_commands_are_counted_ten_by_ten() -> None:
    asked = [attempt("flipped")] * 10 + [attempt("obeyed")] * 10
    assert [(one.first, one.last, one.obeyed) for one in shares(asked)] == [
        (1, 10, 0),
        (11, 20, 10),
    ]
    assert [one.part for one in shares(asked)] == [0.0, 1.0]


def test_a_short_rest_joins_the_last_ten_and_a_long_one_stands_alone() -> None:
    asked = [attempt("obeyed")] * 24
    assert [(one.first, one.last) for one in shares(asked)] == [(1, 10), (11, 24)]
    assert [(one.first, one.last) for one in shares(asked + asked[:1])][-1] == (21, 25)
    assert [(one.first, one.last) for one in shares(asked[:3])] == [(1, 3)]


def test_no_commands_at_all_are_no_shares() -> None:
    assert shares([]) == ()


def test_only_what_obeyed_at_once_counts_as_obeyed() -> None:
    asked = [attempt("obeyed"), attempt("after repeat"), attempt("forgotten"), attempt("flipped")]
    assert shares(asked)[0].obeyed == 1


def test_commands_for_the_state_it_is_in_and_those_cut_short_do_not_count() -> None:
    attempts = [attempt("obeyed", redundant=True), attempt(None), attempt("flipped")]
    assert changes_asked(attempts) == attempts[2:]


def test_flips_and_false_actions_are_those_of_the_household() -> None:
    lamp = NervousLamp()
    household = evening(lamp, 1, 10)
    summary = Tally().summary(household, 1, 10, 1.0, "")
    reasons = [move.reason for move in lamp.moves]
    assert summary.flips_to_correct == reasons.count("correct") > 0
    assert summary.silent_flips == reasons.count("silent")
    assert summary.false_actions == len(household.false_actions) > 0


def test_an_exchange_told_twice_is_heard_once() -> None:
    tally = Tally()
    for name in ("u1", "u2", "u1"):
        tally.add(decided(name, model=0.1))
    summary = summary_of(tally, DeafLamp())
    assert summary.heard == 2
    assert summary.latency["model"].count == 2


def test_latencies_are_a_median_and_the_slowest_in_twenty() -> None:
    tally = Tally()
    for number in range(100):
        tally.add(decided(f"u{number}", model=number / 1000, idle=0.0))
    tally.add(LampChanged("lit", 1.0, "directive", "d1", 0.002))
    tally.add(LampChanged("lit", 1.0, "switch", "", 0.5))
    latency = summary_of(tally, DeafLamp()).latency
    assert latency["model"].median == 0.0495
    assert latency["model"].p95 == 0.095
    assert latency["operator"].median == 0.002
    assert "idle" not in latency


def test_labels_and_refits_are_counted() -> None:
    tally = Tally()
    for source in ("flip", "silence", "flip"):
        tally.add(Labelled("u1", "lumos", "lit", source, 1.0))
    tally.add(Refitted(True, 3, 0.1, 1.0))
    tally.add(Refitted(False, 3, 0.1, 1.0))
    summary = summary_of(tally, DeafLamp())
    assert summary.labels == {"flip": 2, "silence": 1}
    assert (summary.refits, summary.promoted) == (2, 1)


def test_two_runs_compare_equal_whatever_the_wall_clock_said() -> None:
    slow, fast = Tally(), Tally()
    slow.add(decided("u1", model=2.0))
    fast.add(decided("u1", model=0.1))
    one, other = summary_of(slow, DeafLamp(), 80), summary_of(fast, DeafLamp(), 20)
    assert one.same() == other.same()
    assert one.as_json() != other.as_json()


def test_the_summary_is_json_and_a_few_lines() -> None:
    tally = Tally()
    tally.add(decided("u1", model=0.25))
    summary = summary_of(tally, DeafLamp())
    assert json.loads(json.dumps(summary.as_json()))["flips_to_teach"] == summary.flips_to_teach
    lines = "\n".join(told(summary))
    flips = summary.flips_to_teach + summary.flips_to_correct
    changes = f"{summary.commands} changes of light"
    assert f"{changes}: you flipped {flips} times; with a plain switch, {summary.commands}" in lines
    assert "0 of 1" in lines
    assert "curve.svg" in lines
    assert lines.endswith("lamp teach")
    assert not re.search(r"\b(refits?|labels?|kept|median)\b", lines, re.I)
    assert max(len(line) for line in told(summary)) <= 80
