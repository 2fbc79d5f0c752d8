"""What a refit reads of a diary that has become too large to be read whole."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.diary import conversation
from lamp.diary.exchange import Label
from lamp.diary.writer import Diary
from lamp.language_model import PRESETS, StepBudget
from lamp.trainer.selection import GROUPS, Selection, room, select
from lamp.trainer.trainer import Refit, Trainer
from tests.anticipator.conftest import NOON
from tests.diary.big import life, make_big_diary

SETTINGS = PRESETS["potato"]


@pytest.fixture(scope="module")
def diary(tmp_path_factory: pytest.TempPathFactory) -> Diary:
    path = tmp_path_factory.mktemp("big") / "diary.sqlite"
    make_big_diary(path, 500)
    return Diary.open(path, read_only=True)


def refit(read: Selection) -> Refit:
    trainer = Trainer(SETTINGS, lambda: StepBudget(6))
    return trainer.refit(read.exchanges, read.examples, read.older)


@given(st.tuples(*[st.integers(0, 5000)] * 3), st.integers(10, 2000))
def test_no_place_stays_empty_and_none_is_taken_twice(totals: tuple[int, ...], most: int) -> None:
    there = dict(zip(GROUPS, totals, strict=True))
    shown = room(there, most)
    assert sum(shown.values()) == min(most, sum(totals))
    assert all(0 <= shown[group] <= there[group] for group in GROUPS)


def test_of_a_small_diary_everything_is_shown_as_it_was_taught(diary: Diary) -> None:
    read = select(diary)
    assert read.exchanges == list(diary.labelled())
    assert read.examples(read.exchanges) == conversation.examples(diary.labelled())
    assert list(read.older) == []
    assert read.total == 500


def test_of_a_large_one_the_newest_are_shown_and_all_that_was_taught_by_hand_is_read(
    diary: Diary,
) -> None:
    read = select(diary, most=100)
    assert len(read.exchanges) == 100
    positions = [exchange.position for exchange in read.exchanges]
    assert positions == sorted(positions)
    by_hand = [one for one in diary.labelled() if one.label and one.label.source == "flip"]
    shown = [one for one in read.exchanges if one.label and one.label.source == "flip"]
    assert shown == by_hand[-len(shown) :]
    older = [conversation.example(one, one.label) for one in by_hand if one.label]
    assert list(read.older) == older[: -len(shown)][::-1]
    assert list(read.older)  # and again: both fits of a refit go through them
    silent = [one for one in diary.labelled() if one.label and one.label.source == "silence"]
    assert [one for one in read.exchanges if one in silent] == silent[-50:]


@pytest.mark.slow
def test_a_model_of_a_selection_has_counted_as_much_as_one_of_everything(diary: Diary) -> None:
    """Shown at their own number silences would look rare, and the lamp would act on anything."""
    whole, selected = (refit(select(diary, most=most)).model for most in (2000, 100))
    assert selected.counts.seen() == pytest.approx(whole.counts.seen(), rel=0.03)
    by_hand = Counter(label.action for _, label in life(500) if label.source == "flip")
    assert whole.counts.seen()[1:].sum() > sum(by_hand.values()) > 20


@pytest.mark.slow
def test_words_that_were_taught_by_hand_once_and_long_ago_are_known() -> None:
    diary = Diary.in_memory()
    lives = life(600)
    first, _ = next(lives)
    first.text, first.soft = "", first.soft.of_text("OPENSESAME")
    first.state_before = "dark"
    for exchange, label in [(first, Label("lit", 1.0, "flip", "f")), *lives]:
        diary.write_exchange(exchange, NOON)
        diary.write_labels([(exchange.id, label)])
    read = select(diary, most=100)
    assert first.id not in {one.id for one in read.exchanges}
    heard = first.soft
    knowing = refit(read).model.predict(heard, conversation.before("dark"))
    read = Selection(read.exchanges, read.total, read.stand_for, older=())
    forgetful = refit(read).model.predict(heard, conversation.before("dark"))
    assert 1 - knowing[1] < (1 - forgetful[1]) / 2


@pytest.mark.slow
def test_memory_does_not_grow_with_the_diary(tmp_path: Path) -> None:
    peaks = []
    for count in (300, 1200):
        make_big_diary(tmp_path / f"{count}.sqlite", count)
        diary = Diary.open(tmp_path / f"{count}.sqlite", read_only=True)
        tracemalloc.start()
        refit(select(diary, most=100))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.25 * peaks[0]


def test_it_tells_that_it_lives_while_it_reads(diary: Diary) -> None:
    beats: list[None] = []
    read = select(diary, lambda: beats.append(None), most=100)
    assert len(beats) == 100
    beyond = list(read.older)
    assert len(beats) == 100 + len(beyond)
