"""The closed form of a softmax layer: naive Bayes with the prior counted once, best at K."""

from __future__ import annotations

import numpy as np
import pytest

from lamp.language_model.arrays import Floats, softmax
from lamp.language_model.closed_form import Smoothing, closed_form, log_share

BARELY = Smoothing(1e-6, 1e-6)


def independent_features(features: int, seed: int) -> tuple[Floats, Floats]:
    """One-hot features beside each other, independent given a skewed target; and the targets."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, size=6000, p=[0.8, 0.15, 0.05])
    tables = rng.dirichlet(np.full(6, 2.0), size=(features, 3))
    columns = []
    for table in tables:
        drawn = (rng.random((6000, 1)) > np.cumsum(table[labels], axis=1)).sum(axis=1)
        columns.append(np.eye(6)[np.minimum(drawn, 5)])
    return np.concatenate(columns, axis=1), np.eye(3)[labels]


def cross_entropy(inputs: Floats, targets: Floats, features: float) -> float:
    mass = inputs[:4000].T @ targets[:4000]
    weights = closed_form(mass, log_share(mass.sum(axis=0)), features, Smoothing(0, 0.1))
    answers = softmax(inputs[4000:] @ weights)
    return float(-(targets[4000:] * np.log(answers)).sum() / 2000)


@pytest.mark.parametrize("features", [2, 4, 8])
def test_k_is_best_at_the_number_of_features(features: int) -> None:
    inputs, targets = independent_features(features, seed=features)
    tried = {k: cross_entropy(inputs, targets, k) for k in (1, 2, 4, 8, 16)}
    assert min(tried, key=lambda k: tried[k]) == features


def test_it_is_naive_bayes_with_the_prior_counted_once() -> None:
    inputs, targets = independent_features(3, seed=1)
    mass = inputs.T @ targets
    weights = closed_form(mass, log_share(mass.sum(axis=0)), 3, BARELY)
    prior = targets.mean(axis=0)
    likelihood = mass / targets.sum(axis=0)
    bayes = prior * np.exp(inputs @ np.log(likelihood))
    bayes /= bayes.sum(axis=1, keepdims=True)
    assert np.allclose(softmax(inputs @ weights), bayes, atol=1e-4)


def test_the_closed_form_beats_a_cold_start() -> None:
    inputs, targets = independent_features(4, seed=2)
    assert cross_entropy(inputs, targets, 4) < np.log(3) * 0.6


def test_an_input_never_seen_says_the_prior_and_nothing_else() -> None:
    share = log_share(np.array([6.0, 3.0, 1.0]))
    row = closed_form(np.zeros((1, 3)), share, 1, Smoothing(0.1, 0.5))[0]
    assert np.allclose(row - row[0], share - share[0])


def test_a_pseudo_count_holds_back_what_was_seen_once() -> None:
    share = log_share(np.array([8.0, 1.0, 1.0]))
    once = np.array([[0.0, 1.0, 0.0]])
    bold = closed_form(once, share, 4, Smoothing(0, 0.01))[0]
    shy = closed_form(once, share, 4, Smoothing(0, 1.0))[0]
    assert bold[1] - bold[0] > shy[1] - shy[0] > 0


def test_a_target_never_seen_has_no_chance() -> None:
    mass = np.array([[3.0, 1.0, 0.0]])
    answer = softmax(closed_form(mass, log_share(mass.sum(axis=0)), 1, Smoothing(0.1, 0.1)))
    assert answer[0, 2] < 1e-6
