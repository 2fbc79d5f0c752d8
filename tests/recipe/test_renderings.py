"""A rendering says where the clip lies in it."""

from __future__ import annotations

import numpy as np
import pytest

from models.recipe.renderings import Places, loudness
from models.recipe.store import RATE


@pytest.fixture(scope="module")
def places() -> Places:
    return Places(1, rooms=4, noises=7)


@pytest.mark.parametrize("seed", range(6))
def test_the_clip_is_where_it_is_said_to_be(places: Places, seed: int) -> None:
    clip = np.zeros(RATE, np.float32)
    clip[8_000:8_100] = 1.0  # a click in the middle
    rng = np.random.default_rng(seed)
    rendering = places.render(rng, clip, np.zeros(0, np.float32))
    expected = rendering.offset + 8_000 / rendering.speed
    found = int(np.argmax(np.abs(rendering.samples)))
    assert abs(found - expected) < 0.06 * RATE


def test_levels_stay_in_their_range(places: Places) -> None:
    rng = np.random.default_rng(0)
    clip = 0.3 * rng.standard_normal(RATE).astype(np.float32)
    levels = [20 * np.log10(loudness(places.render(rng, clip, clip).samples)) for _ in range(30)]
    assert min(levels) > -48
    assert max(levels) < -15
    assert max(levels) - min(levels) > 10


def test_the_same_seed_renders_the_same(places: Places) -> None:
    clip = np.sin(np.arange(RATE) / 10).astype(np.float32)
    one, other = (places.render(np.random.default_rng(3), clip, clip) for _ in range(2))
    assert np.array_equal(one.samples, other.samples)
