"""The modified self-attention: its cache, its leading submatrix, its hidden targets."""

from __future__ import annotations

import numpy as np
import pytest

from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.closed_form import Smoothing, attention_weights, hidden_attention
from lamp.language_model.contexts import (
    Attended,
    SameLength,
    attend,
    by_length,
    cached_comparisons,
    comparison_cache,
    contexts_of,
)
from lamp.language_model.embeddings import cipher_rows


def comparisons(vectors: Floats, pivot: int) -> Floats:
    return np.array([[token @ context[pivot] for token in context] for context in vectors])


@pytest.fixture
def embeddings() -> Floats:
    return cipher_rows(31, 5)


@pytest.fixture
def tokens() -> Ints:
    return np.random.default_rng(3).integers(0, 31, size=(4, 6))


@pytest.fixture
def weights() -> Floats:
    return np.random.default_rng(4).normal(size=(9, 9))


@pytest.mark.parametrize("pivot", [0, -1])
def test_looking_comparisons_up_is_the_same_as_computing_them(
    embeddings: Floats, tokens: Ints, pivot: int
) -> None:
    cached = cached_comparisons(comparison_cache(embeddings), tokens, pivot)
    assert np.allclose(cached, comparisons(embeddings[tokens], pivot), atol=1e-15)
    assert cached.min() >= 0


def test_a_shorter_context_uses_the_leading_submatrix(
    embeddings: Floats, tokens: Ints, weights: Floats
) -> None:
    vectors = embeddings[tokens]
    compared = comparisons(vectors, -1)
    whole = attend(weights, vectors, compared)
    assert np.array_equal(whole.attention, attend(weights[:6, :6], vectors, compared).attention)
    changed = weights.copy()
    changed[6:] += 5
    changed[:, 6:] -= 5
    assert np.array_equal(whole.output, attend(changed, vectors, compared).output)


def test_the_output_is_a_distribution_like_the_embeddings(
    embeddings: Floats, tokens: Ints, weights: Floats
) -> None:
    vectors = embeddings[tokens]
    done = attend(weights, vectors, comparisons(vectors, -1))
    assert np.allclose(done.output.sum(axis=1), 1)
    assert done.output.min() >= 0


def test_without_weights_attention_is_the_mean(embeddings: Floats, tokens: Ints) -> None:
    vectors = embeddings[tokens]
    done = attend(np.zeros((9, 9)), vectors, comparisons(vectors, -1))
    assert np.allclose(done.output, vectors.mean(axis=1))


def uniform(embeddings: Floats, tokens: Ints) -> Attended:
    vectors = embeddings[tokens]
    return attend(np.zeros((6, 6)), vectors, comparisons(vectors, -1))


def test_where_nothing_is_to_gain_the_hidden_target_is_the_attention_itself(
    embeddings: Floats, tokens: Ints
) -> None:
    done = uniform(embeddings, tokens)
    assert np.allclose(hidden_attention(done, np.zeros((4, 5))), done.attention)


def test_hidden_targets_lean_towards_the_tokens_that_help(embeddings: Floats, tokens: Ints) -> None:
    done = uniform(embeddings, tokens)
    helpful = done.vectors[:, 2]
    target = hidden_attention(done, helpful * 4)
    assert (target[:, 2] == target.max(axis=1)).all()


def test_closed_form_attention_moves_towards_its_targets(embeddings: Floats) -> None:
    tokens = np.random.default_rng(5).integers(0, 31, size=(500, 6))
    done = uniform(embeddings, tokens)
    upwards = done.vectors[:, 2] * 4  # the third token would have been the one to look at
    target = hidden_attention(done, upwards)
    group = SameLength(np.arange(500), tokens)
    weights = attention_weights([(group, done)], upwards, 6, Smoothing(0, 0.01))
    attention = attend(weights, done.vectors, done.compared).attention
    before = np.abs(done.attention - target).sum()
    assert np.abs(attention - target).sum() < before
    assert attention.mean(axis=0).argmax() == 2


def test_the_block_ends_with_the_pivot_and_the_radial_context_begins_with_it() -> None:
    contexts = contexts_of([7, 8], np.array([1, 2, 3, 4]), block=3, radial=5)
    assert contexts.block.tolist() == [2, 3, 4]
    assert contexts.radial.tolist() == [4, 3, 2, 1, 8]
    assert contexts.document.tolist() == [7, 8, 1, 2, 3, 4]


def test_contexts_are_grouped_by_length_without_padding() -> None:
    groups = by_length([np.array([1, 2]), np.array([3]), np.array([4, 5])])
    assert [group.tokens.tolist() for group in groups] == [[[3]], [[1, 2], [4, 5]]]
    assert [group.rows.tolist() for group in groups] == [[1], [0, 2]]
