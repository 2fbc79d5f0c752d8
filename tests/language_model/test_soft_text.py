"""Texts of which not every letter is certain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from lamp.language_model import Example, LanguageModel, StepBudget
from lamp.language_model.text import GramIndex, grams

ACTIONS = ("<none>", "<lit>", "<dark>")


@dataclass(frozen=True)
class Mixture:
    """A few spellings and the probability of each."""

    spellings: tuple[tuple[str, float], ...]

    @property
    def best(self) -> str:
        return max(self.spellings, key=lambda spelling: spelling[1])[0]

    def grams(self, longest: int) -> Mapping[str, float]:
        sums: Counter[str] = Counter()
        for text, share in self.spellings:
            for gram in grams(text, longest):
                sums[gram] += share  # type: ignore[assignment]
        return sums


CERTAIN = Mixture((("lights on", 1.0),))
DOUBTFUL = Mixture((("lights on", 0.6), ("lights up", 0.4)))
EXAMPLES = [Example("lights on", 1), Example("lights off", 2), Example("good day", 0)] * 8


@pytest.fixture
def model() -> LanguageModel:
    return LanguageModel.fit(EXAMPLES, ACTIONS, None, StepBudget(10))


def test_a_soft_text_that_is_certain_is_answered_like_a_plain_one(model: LanguageModel) -> None:
    assert np.array_equal(model.predict(CERTAIN), model.predict("lights on"))


def test_its_row_keeps_the_norm_and_says_less_of_what_is_in_doubt() -> None:
    index = GramIndex(3, 100)
    index.learn(DOUBTFUL)
    ids, values = index.row(DOUBTFUL)
    known = dict(zip((index.grams[gram] for gram in ids), values, strict=True))
    assert known["on "] == pytest.approx(0.6 * known["lig"])
    assert known["up "] == pytest.approx(0.4 * known["lig"])
    _, plain = index.row("lights on")
    assert values.sum() == pytest.approx(plain.sum(), rel=0.02)
    assert (values**2).sum() < (plain**2).sum() == pytest.approx(1)


def test_it_can_be_learned_from_observed_and_taken_back(model: LanguageModel) -> None:
    fitted = LanguageModel.fit([*EXAMPLES, Example(DOUBTFUL, 1)], ACTIONS, None, StepBudget(10))
    assert fitted.predict("lights up").argmax() == 1
    model.observe(Example(DOUBTFUL, 2))
    before = model.predict("lights up")
    model.observe(Example(DOUBTFUL, 1))
    assert model.predict("lights up")[1] > before[1]
    model.observe(Example(DOUBTFUL, 1, -1.0))
    assert np.array_equal(model.predict("lights up"), before)
