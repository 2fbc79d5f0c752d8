"""Error rates and the logistic regression."""

from __future__ import annotations

import numpy as np
import pytest

from models.recipe.error_rates import equal_error, logistic, missed


def test_error_rates() -> None:
    same, talk = np.array([3.0, 4.0, 5.0, 6.0]), np.arange(-996.0, 4.0)
    assert equal_error(same, talk) < 0.26
    assert equal_error(same + 100, talk) == 0
    assert missed(same, talk, 0.01) == 0
    assert missed(same, talk + 4, 0.001) == pytest.approx(1)


def test_a_mixture_finds_what_tells_apart() -> None:
    rng = np.random.default_rng(0)
    same = rng.random(400) < 0.2
    inputs = np.stack([same + rng.normal(0, 0.4, 400), rng.normal(0, 1, 400), np.ones(400)], axis=1)
    weights = logistic(inputs, same)
    assert weights[0] > 2
    assert abs(weights[1]) < 0.5
