"""Contexts of any length: nothing is padded, and no conversation is too long."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from lamp.language_model import Example, LanguageModel, Settings, StepBudget
from lamp.language_model.arrays import Ints
from lamp.language_model.contexts import (
    Attention,
    Contexts,
    comparison_cache,
    context_features,
)
from lamp.language_model.embeddings import cipher_rows
from tests.calls import calls_of

ACTIONS = ("<none>", "<lit>", "<dark>")
WORDS = ("the", "cat", "sat", "on", "a", "warm", "mat", "and", "it", "rained", "all", "day")


@pytest.fixture
def sequences() -> list[Ints]:
    rng = np.random.default_rng(1)
    return [rng.integers(0, 60, length) for length in (3, 9, 1, 3, 7, 9, 2, 3)]


def test_each_context_is_answered_alike_alone_and_in_a_batch(sequences: list[Ints]) -> None:
    embeddings = cipher_rows(60, 6)
    cache = comparison_cache(embeddings)
    rng = np.random.default_rng(2)
    weights = Attention(rng.normal(size=(12, 12)), rng.normal(size=(9, 9)))

    def attended(some: list[Ints]) -> np.ndarray:
        contexts = [Contexts(tokens, tokens[::-1], tokens) for tokens in some]
        return context_features(contexts, embeddings, cache, weights).dense

    together = attended(sequences)
    for place, each in enumerate(sequences):
        assert np.allclose(attended([each])[0], together[place])


def memory_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_prediction_costs_the_same_however_long_the_conversation_was() -> None:
    said = [Example("lights on", 1), Example("lights off", 2), Example("good day", 0)] * 9
    model = LanguageModel.fit(said, ACTIONS, Settings(), StepBudget(4))
    costs = []
    for length in (1_000, 100_000):
        before = tuple(WORDS[place % len(WORDS)] for place in range(length))

        def predict(before: tuple[str, ...] = before) -> None:
            model.predict("lights on", before)

        predict()
        costs.append((calls_of(predict), memory_of(predict)))
    assert costs[0][0] == costs[1][0]
    assert costs[1][1] < 1.1 * costs[0][1]
