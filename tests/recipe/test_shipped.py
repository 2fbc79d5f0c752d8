"""The model directory that ships: complete, small, quiet in silence, the recipe's alphabet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.recipe.hear import SHIPPED, Hearing
from models.recipe.letters import VOCABULARY


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    """The shipped model."""
    return Hearing(SHIPPED)


def test_it_has_the_hubs_layout() -> None:
    files = {path.name for path in SHIPPED.iterdir()}
    assert {"model.onnx", "vocab.json", "config.json", "preprocessor_config.json"} <= files
    assert (SHIPPED / "model.onnx").stat().st_size <= 4_000_000
    assert json.loads((SHIPPED / "config.json").read_text())["model_type"] == "wav2vec2"


def test_its_alphabet_is_the_recipes() -> None:
    vocabulary = json.loads((SHIPPED / "vocab.json").read_text(encoding="utf-8"))
    assert vocabulary == {symbol: number for number, symbol in enumerate(VOCABULARY)}


@pytest.mark.parametrize("level", [0.0, 1e-5, 1e-3, 1e-1, 1.0])
def test_silence_and_hiss_say_nothing_at_any_level(hearing: Hearing, level: float) -> None:
    hiss = np.random.default_rng(0).standard_normal(32_000).astype(np.float32) * level
    assert len(hearing.transcribe(hiss)) < 3


def test_any_length_is_heard(hearing: Hearing) -> None:
    for count in (1, 800, 16_001):
        assert isinstance(hearing.transcribe(np.zeros(count, np.float32)), str)


def test_nobody_is_named_in_the_folder() -> None:
    for path in Path(SHIPPED).iterdir():
        assert path.suffix in {".onnx", ".json", ".md", ".svg"}
