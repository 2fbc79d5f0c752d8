"""The alignment against the textbook's, cell by cell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lamp.similarity.alignment import aligned, matched


def slow(one: np.ndarray, other: np.ndarray, ratios: np.ndarray, gap: float) -> float:
    """Needleman and Wunsch, one cell after the other."""
    mine, theirs = np.minimum(1, one.sum(1)), np.minimum(1, other.sum(1))
    best = np.zeros((len(one) + 1, len(other) + 1))
    for i in range(1, len(one) + 1):
        best[i, 0] = best[i - 1, 0] - gap * mine[i - 1]
    for j in range(1, len(other) + 1):
        best[0, j] = best[0, j - 1] - gap * theirs[j - 1]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            there = mine[i - 1] * theirs[j - 1]
            together = one[i - 1] @ ratios @ other[j - 1] / max(there, 1e-3)
            best[i, j] = max(
                best[i - 1, j - 1] + math.log(max(together, 1e-4)) * math.sqrt(there),
                best[i - 1, j] - gap * mine[i - 1],
                best[i, j - 1] - gap * theirs[j - 1],
            )
    return float(best[-1, -1])


def slots(rng: np.random.Generator, count: int, columns: int) -> np.ndarray:
    symbols = rng.random((count, columns)) ** 4
    return np.asarray(symbols / symbols.sum(1, keepdims=True) * rng.random((count, 1)), np.float32)


@pytest.mark.parametrize("seed", range(8))
def test_many_at_once_score_what_each_scores_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = 5
    ratios = np.asarray(rng.random((columns, columns)) * 3, np.float32)
    one = slots(rng, int(rng.integers(1, 8)), columns)
    others = [slots(rng, int(count), columns) for count in rng.integers(1, 9, 6)]
    lengths = np.array([len(other) for other in others])
    bank = np.zeros((len(others), int(lengths.max()), columns), np.float32)
    for row, other in enumerate(others):
        bank[row, : len(other)] = other
    scores = aligned(one, bank, lengths, ratios, gap=1.2)
    expected = [slow(one, other, ratios, 1.2) for other in others]
    assert scores == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_the_slots_that_are_matched_add_up_to_the_score(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ratios = np.asarray(rng.random((5, 5)) * 3, np.float32)
    one, other = (slots(rng, int(count), 5) for count in rng.integers(1, 9, 2))
    pairs = matched(one, other, ratios, gap=1.2)
    assert pairs == sorted(pairs)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    mine, theirs = one.sum(1), other.sum(1)
    score = -1.2 * (mine.sum() + theirs.sum())
    for i, j in pairs:
        there = mine[i] * theirs[j]
        together = one[i] @ ratios @ other[j] / max(there, 1e-3)
        score += math.log(max(together, 1e-4)) * math.sqrt(there) + 1.2 * (mine[i] + theirs[j])
    assert score == pytest.approx(slow(one, other, ratios, 1.2), abs=1e-3)


def test_nothing_is_matched_with_an_utterance_without_slots() -> None:
    nothing = np.zeros((0, 2), np.float32)
    assert matched(nothing, np.eye(2, dtype=np.float32), np.ones((2, 2), np.float32), 1.5) == []
