"""The transformer that the science is compared with has to be a right one."""

from __future__ import annotations

import numpy as np
import pytest

from bench.science.decoder import Adam, Sizes, logits, loss_and_gradient, random_weights

SIZES = Sizes(vocabulary=11, places=5, width=8, heads=2, layers=2)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def test_its_gradient_is_that_of_finite_differences(rng: np.random.Generator) -> None:
    weights = {name: each * 10 for name, each in random_weights(SIZES, rng).items()}
    tokens, targets = rng.integers(0, 11, (3, 5)), rng.integers(0, 11, (3, 5))
    counts = rng.random((3, 5)) < 0.7
    _, gradient = loss_and_gradient(weights, SIZES, tokens, targets, counts)
    for name, each in weights.items():
        for place in rng.integers(0, each.size, 4):
            values = []
            for step in (1e-5, -1e-5):
                moved = each.copy()
                moved.ravel()[place] += step
                changed = weights | {name: moved}
                values.append(loss_and_gradient(changed, SIZES, tokens, targets, counts)[0])
            slope = (values[0] - values[1]) / 2e-5
            assert gradient[name].ravel()[place] == pytest.approx(slope, rel=1e-5, abs=1e-7), name


def test_it_does_not_see_what_comes_later(rng: np.random.Generator) -> None:
    weights = random_weights(SIZES, rng)
    tokens = rng.integers(0, 11, (1, 5))
    later = tokens.copy()
    later[0, 4] = (later[0, 4] + 1) % 11
    left, right = logits(weights, SIZES, tokens), logits(weights, SIZES, later)
    assert np.allclose(left[0, :4], right[0, :4])
    assert not np.allclose(left[0, 4], right[0, 4])


def test_it_learns_to_repeat_what_was_said_before(rng: np.random.Generator) -> None:
    sizes = Sizes(vocabulary=6, places=6, width=16, heads=2)
    weights, adam = random_weights(sizes, rng), Adam(0.01)
    for _ in range(150):
        half = rng.integers(0, 6, (32, 3))
        said = np.concatenate([half, half], axis=1)
        counts = np.zeros((32, 5), dtype=bool)
        counts[:, 2:] = True
        loss, gradient = loss_and_gradient(weights, sizes, said[:, :-1], said[:, 1:], counts)
        adam.step(weights, gradient)
    assert loss < 0.2
