"""The second output of a network that has one: an utterance as one vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lamp.transcriber.acoustic_model import AcousticModel
from tests.transcriber.beeps import say

SHIPPED = Path(__file__).parents[2] / "models/potato-wav2vec2"


@pytest.fixture(scope="module")
def shipped() -> AcousticModel:
    return AcousticModel(SHIPPED)


def noisy(seconds: float, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    tune = say("abc def fed")[: int(16_000 * seconds)]
    return (tune + 0.05 * rng.standard_normal(len(tune))).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.01, 0.05, 0.5, 1.9])
def test_the_vector_has_length_one_and_the_letters_are_the_same_bits(
    shipped: AcousticModel, seconds: float
) -> None:
    samples = noisy(seconds, 1)
    alone = shipped.log_probabilities(samples)
    letters, vector = shipped.hear(samples)
    assert letters.tobytes() == alone.tobytes()
    assert letters.shape == alone.shape
    assert vector.shape == (64,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_other_sounds_have_other_vectors_and_the_same_sound_the_same(
    shipped: AcousticModel,
) -> None:
    one, again, other = (shipped.hear(noisy(length, 2))[1] for length in (1.9, 1.9, 0.5))
    assert one.tobytes() == again.tobytes()
    assert one @ other < 0.99


def test_near_silence_has_neither_frames_nor_a_vector(shipped: AcousticModel) -> None:
    letters, vector = shipped.hear(np.zeros(8_000, np.float32))
    assert letters.shape == (0, 32)
    assert vector.shape == (0,)


def test_a_model_without_that_output_has_an_empty_one(beep_model: AcousticModel) -> None:
    letters, vector = beep_model.hear(say("abc"))
    assert vector.shape == (0,)
    assert letters.tobytes() == beep_model.log_probabilities(say("abc")).tobytes()
    assert len(letters) > 10
