"""Counts: additive, exactly reversible, and free of what an exchange says about itself."""

from __future__ import annotations

import numpy as np
import pytest

from lamp.language_model import Settings
from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.counts import Counts, l1_norm
from lamp.language_model.label_cipher import label_ciphers
from lamp.language_model.softmax import softmax
from lamp.language_model.sparse import SparseRows

SETTINGS = Settings(gram_capacity=12)
Data = tuple[Floats, SparseRows, Ints, Floats]


@pytest.fixture
def data() -> Data:
    rng = np.random.default_rng(8)
    grams = [(rng.choice(12, 4, replace=False), rng.random(4)) for _ in range(9)]
    weights = rng.choice([0.5, 1.0, 3.0], 9)
    return rng.random((9, 6)), SparseRows.stack(grams), rng.integers(0, 3, 9), weights


def one(data: Data, row: int) -> tuple[Floats, tuple[Ints, Floats], int, float]:
    dense, grams, labels, weights = data
    here = slice(grams.starts[row], grams.starts[row + 1])
    sparse = (grams.columns[here], grams.values[here])
    return dense[row], sparse, int(labels[row]), float(weights[row])


def same(left: Counts, right: Counts) -> bool:
    return all(
        np.array_equal(a, b)
        for a, b in (
            (left.dense.counts, right.dense.counts),
            (left.grams.counts, right.grams.counts),
            (left.actions.counts, right.actions.counts),
            (left.per_target, right.per_target),
        )
    )


def counted(data: Data) -> Counts:
    counts = Counts.empty(SETTINGS, label_ciphers(3, 3), 6)
    counts.add_all(*data)
    return counts


def test_one_by_one_is_bit_for_bit_the_same_as_all_at_once(data: Data) -> None:
    counts = Counts.empty(SETTINGS, label_ciphers(3, 3), 6)
    for row in reversed(range(9)):
        counts.add(*one(data, row))
    assert same(counts, counted(data))


def test_an_exchange_that_is_taken_back_was_never_there(data: Data) -> None:
    counts = counted(data)
    for row in (3, 7):
        dense, grams, label, weight = one(data, row)
        counts.add(dense, grams, label, weight)
        counts.add(dense, grams, label, -weight)
    assert same(counts, counted(data))


def test_k_is_the_mean_norm_of_the_inputs(data: Data) -> None:
    dense, grams, _, weights = data
    wanted = float(weights @ l1_norm(dense, grams) / weights.sum())
    assert counted(data).features == pytest.approx(wanted, abs=1e-6)


def test_leaving_one_out_is_the_same_as_never_having_counted_it(data: Data) -> None:
    settings = Settings(gram_capacity=12, temper=1.0, shrinkage=0.2, balance=0)
    dense, grams, labels, weights = data
    whole = Counts.empty(settings, label_ciphers(3, 3), 6)
    whole.add_all(*data)
    logits = dense @ whole.dense_weights() + grams.times(whole.gram_weights(slice(None)))
    logits += whole.leave_one_out(dense, grams, labels, weights)
    for row in range(9):
        own_dense, (ids, values), label, weight = one(data, row)
        without = Counts.empty(settings, label_ciphers(3, 3), 6)
        without.add_all(*data)
        without.add(own_dense, (ids, values), label, -weight)
        alone = own_dense @ without.dense_weights() + values @ without.gram_weights(ids)
        alone += without.prior(np.array([own_dense.sum() + values.sum()]))[0]
        # K differs by the one exchange; it is held fixed when leaving out
        assert np.allclose(softmax(logits[row]), softmax(alone), atol=0.03)


def test_a_text_of_which_nothing_is_known_gets_the_prior(data: Data) -> None:
    counts = counted(data)
    share = counts.per_target / counts.per_target.sum()
    assert np.allclose(softmax(counts.prior(np.zeros(1)))[0], share, atol=1e-6)
