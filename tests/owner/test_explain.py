"""What the lamp says for itself, in sentences that hold."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from lamp.config import Names
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import FlipEntry
from lamp.diary.writer import Diary
from lamp.owner import explain
from lamp.owner.explain import counts_as, explain_reason, time_of_day

EVENING = datetime(2026, 11, 26, 18, 50, tzinfo=UTC)
FAN = Names("fan", "on", "off")
JARGON = re.compile(r"\b(kept|refit|labels?|posterior|exchange|directive|none)\b", re.I)


def home() -> Diary:
    """u1 was taught by hand; at u2, which is like it, the lamp acted wrongly; u3 is new."""
    diary = Diary.in_memory()
    said = [
        Exchange("u1", "LUMOS", 0.9, 9, 10, "dark", reason="lit is 5% likely, 70% needed"),
        Exchange(
            "u2", "LUMUS", 0.9, 69, 70, "dark", action="lit", lessons=("u1",),
            reason="lit is 79% likely, 70% needed",
        ),
        Exchange("u3", "TEA", 0.9, 129, 130, "dark", reason="it is dark already"),
    ]  # fmt: skip
    for number, heard in enumerate(said):
        diary.write_exchange(heard, EVENING + timedelta(minutes=number))
    flips = (("f1", "lit", "", "u1", "flip"), ("f2", "dark", "directive-u2", "u2", "correction"))
    for number, (name, state, directive, about, source) in enumerate(flips):
        wall = (EVENING + timedelta(minutes=number, seconds=4)).isoformat()
        label = Label("none" if directive else state, 1.0, source, name)
        flip = FlipEntry(name, state, 14 + 60.0 * number, wall, directive, about)
        diary.write_flip(flip, [(about, label)])
    return diary


def told(diary: Diary, name: str, names: Names, today: date) -> str:
    exchange = diary.exchange(name)
    assert exchange is not None
    told = explain(diary, exchange, names, today)
    return " ".join((told.heard, told.happened, *told.why, told.counts_as))


def test_it_says_what_was_heard_done_and_learned_and_when() -> None:
    assert told(home(), "u2", Names(), EVENING.date()) == (
        "18:51:00 heard “LUMUS”. The lamp went lit by itself."
        " It sounds like “LUMOS” of 18:50:00, when you made it lit."
        " It was 79% sure that lit was wanted, and 70% is enough."
        " You undid that at 18:51:04, so it counts as talk now."
    )


def test_another_day_is_said_and_names_are_the_owners() -> None:
    assert told(home(), "u1", FAN, date(2026, 11, 27)) == (
        "26 Nov 18:50:00 heard “LUMOS”. The fan stayed off."
        " It was only 5% sure that on was wanted, and needs 70%."
        " You flipped the switch at 18:50:04, so it counts as on now."
    )


def test_without_a_lesson_it_does_not_make_one_up() -> None:
    diary = home()
    diary.forget("u1")
    assert "no single lesson" in told(diary, "u2", Names(), EVENING.date())
    assert "LUMOS" not in told(diary, "u2", Names(), EVENING.date())


def test_a_lesson_that_was_taken_back_or_was_talk_is_told_as_that() -> None:
    diary = home()
    diary.write_labels([("u1", Label("none", 1.0, "correction", "told"))])
    assert "which was talk, as you showed it" in told(diary, "u2", Names(), EVENING.date())
    diary = home()
    diary.write_labels([("u1", Label("none", 0.0, "withdrawn", "f1"))])
    assert "taken back since" in told(diary, "u2", Names(), EVENING.date())


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("nothing was asked for, 98% likely; 70% needed to act", "98% sure that nothing was"),
        ("it is lit already", "It was on already."),
        ("it was undone the last time, and not taught since", "have not taught them since"),
        ("too late: said 4.2 s ago", "the words were 4.2 s ago"),
        ("something of an older lamp", "Something of an older lamp."),
        ("", "."),
    ],
)
def test_every_reason_is_a_sentence(reason: str, sentence: str) -> None:
    assert sentence in explain_reason(reason, acted=False, names=FAN)


@pytest.mark.parametrize("source", ["flip", "correction", "repeat", "silence", "kept"])
@pytest.mark.parametrize("action", ["none", "lit"])
def test_what_it_counts_as_is_said_without_the_programmers_words(source: str, action: str) -> None:
    for flip in ("f1", "told"):
        sentence = counts_as(Label(action, 0.9, source, flip), FAN, " at 18:50:04")
        assert not JARGON.search(sentence)
        assert ("counts as talk" if action == "none" else "counts as on") in sentence
    assert "perhaps" in counts_as(Label(action, 0.3, source), FAN)


def test_what_is_not_known_or_taken_back_is_said_so() -> None:
    assert "not known yet" in counts_as(None, FAN)
    assert "teaches nothing" in counts_as(Label("none", 0.0, "withdrawn", "f1"), FAN)


def test_a_damaged_time_is_no_time() -> None:
    assert time_of_day("nonsense", EVENING.date()) == ""
