"""Counts: additive, exactly reversible, and free of what an exchange says about itself."""

from __future__ import annotations

import numpy as np
import pytest

from lamp.language_model import Settings
from lamp.language_model.arrays import Floats, Ints, softmax
from lamp.language_model.counts import Counts
from lamp.language_model.features import Features, SparseRows

SETTINGS = Settings(gram_capacity=12)
Data = tuple[Features, Ints, Floats]


@pytest.fixture
def data() -> Data:
    rng = np.random.default_rng(8)
    grams = [(rng.choice(12, 4, replace=False), rng.random(4)) for _ in range(9)]
    weights = rng.choice([0.5, 1.0, 3.0], 9)
    features = Features(rng.random((9, 6)), SparseRows.stack(grams))
    return features, rng.integers(0, 3, 9), weights


def one(data: Data, row: int) -> Data:
    """One exchange, as a batch of one."""
    (dense, grams), labels, weights = data
    here = slice(grams.starts[row], grams.starts[row + 1])
    sparse = SparseRows.stack([(grams.columns[here], grams.values[here])])
    return Features(dense[[row]], sparse), labels[[row]], weights[[row]]


def same(left: Counts, right: Counts) -> bool:
    return all(
        np.array_equal(a, b)
        for a, b in (
            (left.dense.units, right.dense.units),
            (left.grams.units, right.grams.units),
            (left.actions.units, right.actions.units),
            (left.per_target, right.per_target),
        )
    )


def counted(data: Data) -> Counts:
    counts = Counts.empty(SETTINGS, 3, 6)
    counts.add(*data)
    return counts


def test_one_by_one_is_bit_for_bit_the_same_as_all_at_once(data: Data) -> None:
    counts = Counts.empty(SETTINGS, 3, 6)
    for row in reversed(range(9)):
        counts.add(*one(data, row))
    assert same(counts, counted(data))


def test_an_exchange_that_is_taken_back_was_never_there(data: Data) -> None:
    counts = counted(data)
    for row in (3, 7):
        features, label, weight = one(data, row)
        counts.add(features, label, weight)
        counts.add(features, label, -weight)
    assert same(counts, counted(data))


def test_k_is_the_mean_norm_of_the_inputs(data: Data) -> None:
    features, _, weights = data
    wanted = float(weights @ features.l1_norm() / weights.sum())
    assert counted(data).features == pytest.approx(wanted, abs=1e-6)


def test_leaving_one_out_is_the_same_as_never_having_counted_it(data: Data) -> None:
    settings = Settings(gram_capacity=12, logit_scale=1.0, relative_smoothing=0.2, balance=0)
    features, labels, weights = data
    whole = Counts.empty(settings, 3, 6)
    whole.add(*data)
    logits = features.times(whole.weights(slice(None)))
    logits += whole.leave_one_out(features, labels, weights)
    for row in range(9):
        own, label, weight = one(data, row)
        without = Counts.empty(settings, 3, 6)
        without.add(*data)
        without.add(own, label, -weight)
        alone = own.times(without.weights(slice(None))) + without.prior(own.l1_norm())
        # K differs by the one exchange; it is held fixed when leaving out
        assert np.allclose(softmax(logits[row]), softmax(alone[0]), atol=0.03)


def test_a_text_of_which_nothing_is_known_gets_the_prior(data: Data) -> None:
    counts = counted(data)
    share = counts.per_target / counts.per_target.sum()
    assert np.allclose(softmax(counts.prior(np.zeros(1)))[0], share, atol=1e-6)
