"""The conversation may grow for ever: what it costs to answer does not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lamp.anticipator.anticipator import Anticipator
from lamp.clock import ReplayClock
from lamp.config import Deciding
from lamp.diary import conversation
from lamp.diary.writer import Diary
from lamp.language_model import PRESETS, LanguageModel
from lamp.messages import Transcript
from tests.calls import calls_of

SAID = ("what is for dinner", "turn on the light", "the train was late", "good night")


def test_an_answer_costs_the_same_after_a_long_life_and_nothing_is_kept_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lamp.similarity.examples.MOST", 30)  # reached at both times
    clock = ReplayClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
    model = LanguageModel.fresh(conversation.TOKENS, PRESETS["potato"])
    diary = Diary.in_memory()
    lamp = Anticipator(model, diary, Deciding(), clock, lambda *_: None)

    def hear(number: int) -> None:
        at = number * 20.0
        clock.advance(at)
        lamp.hear(Transcript(f"u{number}", SAID[number % 4], 1.0, at - 1, at, at))

    costs = {}
    for number in range(1, 444):
        if number in (43, 443):  # the same words at both times
            costs[number] = calls_of(lambda number=number: hear(number))  # type: ignore[misc]
            assert len(lamp.pending) == 1
        else:
            hear(number)
    diary.close()
    assert costs[443] <= 1.05 * costs[43]
