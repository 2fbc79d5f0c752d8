"""The network of the experiments: every gradient against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from bench.science.network import Batch, Weights, below_hidden, forward, gradients, loss
from lamp.language_model.arrays import Floats
from lamp.language_model.contexts import (
    Attention,
    comparison_cache,
    context_features,
    contexts_of,
)
from lamp.language_model.embeddings import cipher_rows
from lamp.language_model.encoder import Encoded
from lamp.language_model.features import Features, Layer, SparseRows
from lamp.language_model.features import forward as product_forward

EXCHANGES, TOKENS, BITS, GRAMS, HIDDEN, ACTIONS = 5, 14, 4, 9, 4, 3


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.fixture
def weights(rng: np.random.Generator) -> Weights:
    return Weights(
        embeddings=cipher_rows(TOKENS, BITS) + 0.1 * rng.random((TOKENS, BITS)),
        block=rng.normal(size=(5, 5)),
        radial=rng.normal(size=(3, 3)),
        dense=rng.normal(size=(3 * BITS, HIDDEN)),
        grams=rng.normal(size=(GRAMS, HIDDEN)),
        output=rng.normal(size=(HIDDEN, ACTIONS)) * 2,
    )


@pytest.fixture
def encoded(rng: np.random.Generator) -> list[Encoded]:
    contexts = [
        contexts_of(rng.integers(0, TOKENS, 2).tolist(), rng.integers(0, TOKENS, length), 5, 3)
        for length in (1, 2, 4, 4, 7)
    ]
    grams = [
        (rng.choice(GRAMS, size=size, replace=False), rng.random(size)) for size in (0, 3, 5, 1, 2)
    ]
    return [Encoded(*both) for both in zip(contexts, grams, strict=True)]


@pytest.fixture
def batch(encoded: list[Encoded]) -> Batch:
    return Batch.of(encoded)


@pytest.mark.parametrize("name", Weights._fields)
def test_gradient_is_the_slope_of_the_loss(
    name: str, weights: Weights, batch: Batch, rng: np.random.Generator
) -> None:
    targets = np.eye(ACTIONS)[rng.integers(0, ACTIONS, EXCHANGES)]
    importance = rng.random(EXCHANGES) + 0.5
    correction = rng.normal(size=(EXCHANGES, HIDDEN))

    def value(matrix: Floats) -> float:
        done = forward(weights._replace(**{name: matrix}), batch, correction)
        return loss(done.answer, targets, importance)

    done = forward(weights, batch, correction)
    slope = getattr(gradients(weights, batch, done, targets, importance), name)
    matrix = getattr(weights, name)
    measured = np.zeros_like(matrix)
    for place in np.ndindex(matrix.shape):
        nudge = np.zeros_like(matrix)
        nudge[place] = 1e-6
        measured[place] = (value(matrix + nudge) - value(matrix - nudge)) / 2e-6
    assert np.abs(measured).max() > 1e-4
    assert np.allclose(slope, measured, atol=1e-6)


@pytest.mark.parametrize("name", ["block", "radial", "dense", "grams", "embeddings"])
def test_gradient_of_the_hidden_layer_judged_by_its_own_targets(
    name: str, weights: Weights, batch: Batch, rng: np.random.Generator
) -> None:
    targets = rng.dirichlet(np.ones(HIDDEN), EXCHANGES)
    importance = rng.random(EXCHANGES) + 0.5

    def value(matrix: Floats) -> float:
        done = forward(weights._replace(**{name: matrix}), batch)
        return loss(done.hidden, targets, importance)

    done = forward(weights, batch)
    upwards = (done.hidden - targets) * importance[:, None]
    slope = getattr(below_hidden(weights, batch, done, upwards), name)
    direction = rng.normal(size=slope.shape)
    matrix = getattr(weights, name)
    measured = (value(matrix + 1e-6 * direction) - value(matrix - 1e-6 * direction)) / 2e-6
    assert measured == pytest.approx(float((slope * direction).sum()), rel=1e-5)


def test_answers_are_probabilities(weights: Weights, batch: Batch) -> None:
    done = forward(weights, batch)
    assert done.answer.shape == (EXCHANGES, ACTIONS)
    assert np.allclose(done.answer.sum(axis=1), 1)


def test_it_is_the_network_of_the_lamp_with_comparisons_that_are_computed(
    weights: Weights, batch: Batch, encoded: list[Encoded]
) -> None:
    contexts = [exchange.contexts for exchange in encoded]
    attention = Attention(weights.block, weights.radial)
    cache = comparison_cache(weights.embeddings)
    dense = context_features(contexts, weights.embeddings, cache, attention).dense
    features = Features(dense, SparseRows.stack([exchange.grams for exchange in encoded]))
    answers = product_forward(features, Layer(weights.dense, weights.grams), weights.output)
    assert np.allclose(forward(weights, batch).answer, answers, atol=1e-14)
