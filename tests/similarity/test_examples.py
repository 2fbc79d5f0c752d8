"""What is remembered, forgotten and left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamp.similarity import Calibration, LabelledExamples
from lamp.similarity import examples as module
from lamp.soft_text import NOTHING_HEARD, SoftText

LIT, DARK, NONE = (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.6, 0.0, 0.0)
TEXTS = st.sampled_from(("LUMOS", "LUMAS", "NOX", "NOX NOW", "WHAT A DAY", "TEA", ""))
# As many as are aligned, the one that is left out included.
TAUGHT = st.lists(st.tuples(TEXTS, st.sampled_from((LIT, DARK, NONE))), max_size=7)
say = SoftText.of_text


def taught(*lessons: tuple[str, tuple[float, float, float]]) -> LabelledExamples:
    examples = LabelledExamples(Calibration())
    for number, (text, weights) in enumerate(lessons):
        examples.add(str(number), say(text), weights)
    return examples


@settings(deadline=None, max_examples=60)
@given(TAUGHT, TEXTS, st.sampled_from((LIT, DARK, NONE)), TEXTS)
def test_to_leave_one_out_is_never_to_have_had_it(
    lessons: list[tuple[str, tuple[float, float, float]]],
    text: str,
    weights: tuple[float, float, float],
    asked: str,
) -> None:
    without, examples = taught(*lessons), taught(*lessons)
    examples.add("extra", say(text), weights)
    expected = without.log_masses(without.recall(say(asked)))
    left_out = examples.log_masses(examples.recall(say(asked)), but="extra")
    assert left_out == pytest.approx(expected)
    examples.remove("extra")
    assert examples.log_masses(examples.recall(say(asked))) == pytest.approx(expected)


def test_to_label_anew_replaces_the_old_label() -> None:
    examples = taught(("LUMOS", LIT))
    examples.add("0", say("LUMOS"), DARK)
    none, lit, dark = examples.probabilities(say("LUMOS"))
    assert (none, lit, dark) == taught(("LUMOS", DARK)).probabilities(say("LUMOS"))
    assert dark > lit


def test_a_single_example_can_say_so_much_and_no_more() -> None:
    examples = taught(("SWITCH THE LIGHT ON PLEASE", LIT))
    recall = examples.recall(say("SWITCH THE LIGHT ON PLEASE"))
    assert recall.nats.max() > module.LARGEST
    none, lit, dark = examples.probabilities(say("SWITCH THE LIGHT ON PLEASE"))
    one, talk = 2.718281828**module.LARGEST, module.TALK_BEFORE
    assert (lit - dark) / none == pytest.approx(one / talk, rel=1e-6)


def test_beyond_the_most_it_keeps_the_oldest_that_says_nothing_goes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    examples = taught(("ONE", LIT), ("TWO", NONE), ("THREE", NONE), ("FOUR", DARK))
    assert examples.recall(say("TEA")).names == ("0", "2", "3")
    examples.add("4", say("FIVE"), LIT)
    examples.add("5", say("SIX"), LIT)
    assert examples.recall(say("TEA")).names == ("3", "4", "5")


def test_what_is_evicted_still_counts_as_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    few = taught(("ONE", NONE), ("TWO", NONE))
    more = taught(("THREE", NONE), ("ONE", NONE), ("TWO", NONE))
    assert more.recall(say("LUMOS")).names == ("1", "2")
    assert more._talk == pytest.approx(few._talk + 0.6)


def test_silence_is_like_nothing() -> None:
    examples = taught(("LUMOS", LIT))
    assert examples.recall(NOTHING_HEARD).names == ()
    assert examples.likeness(NOTHING_HEARD, say("LUMOS")) < -20


def test_likeness_needs_no_teaching() -> None:
    examples = taught()
    assert examples.likeness(say("SWITCH IT ON"), say("SWITCH IT ON")) > 0
    assert examples.likeness(say("SWITCH IT ON"), say("A CUP OF TEA")) < 0
