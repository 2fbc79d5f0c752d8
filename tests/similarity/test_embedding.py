"""Vectors in a few bytes, and what a calibration and the examples make of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lamp.similarity import Calibration, LabelledExamples
from lamp.similarity.calibration import FILE, Coefficients
from lamp.similarity.embedding import packed, unpacked
from lamp.soft_text import SoftText

LETTERS = Coefficients(constant=-1.0, alignment=0.5, cosine=5.0)
HEARD = Coefficients(-3.0, 0.1, 1.0, 0.0, 0.0, 0.0, embedding=8.0)
BOTH = Calibration(("A", "B"), ((2.0, 0.1), (0.1, 2.0)), 1.5, LETTERS, HEARD)
ALONE = Calibration(BOTH.known, BOTH.substitutions, 1.5, LETTERS)
HALF = np.array([0.6, -0.8, 0.0, 0.0], np.float32)
OTHER = np.array([0.0, 0.0, 0.0, 1.0], np.float32)
LIT = (0.0, 1.0, 0.0)


def said(text: str, vector: np.ndarray | None = None) -> SoftText:
    slots = SoftText.of_text(text).slots
    return SoftText(slots, text, b"" if vector is None else packed(vector))


def floats(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


@pytest.mark.parametrize("scale", [1e-44, 1e-30, 1.0, 1e30, 3e38])
def test_a_vector_of_any_length_keeps_its_direction(scale: float) -> None:
    vector = np.array([1.0, 0.0, -1.0], np.float32) * np.float32(scale)
    assert list(packed(vector)) == [127, 0, 256 - 127]
    assert unpacked(packed(vector)) == pytest.approx(floats(0.7071, 0, -0.7071), abs=1e-3)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -np.inf])
def test_what_has_no_direction_is_no_vector(value: float) -> None:
    assert packed(np.full(64, value, np.float32)) == b""
    assert packed(np.array([1.0, value], np.float32)) in (b"", b"\x7f\x00")


def test_no_vector_is_packed_as_none() -> None:
    assert packed(np.empty(0, np.float32)) == b""
    assert unpacked(b"").shape == (0,)


def test_one_component_beside_many_small_ones() -> None:
    vector = np.full(64, 0.003, np.float32)  # below half a step of the largest
    vector[5] = 1.0
    back = unpacked(packed(vector))
    assert back[5] == 1.0
    assert np.count_nonzero(back) == 1


def test_packing_costs_little_of_a_cosine() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        one, other = (v / np.linalg.norm(v) for v in rng.standard_normal((2, 64)))
        back = unpacked(packed(one.astype(np.float32))) @ unpacked(packed(other.astype(np.float32)))
        assert back == pytest.approx(one @ other, abs=0.02)


def test_nats_without_an_embedding_are_those_of_the_letters() -> None:
    rest = (floats(3.0, 3.0), floats(0.9, 0.9), 4.0, floats(4.0, 4.0))
    letters = ALONE.nats(*rest, floats(np.nan, np.nan))
    nats = BOTH.nats(*rest, floats(np.nan, 0.9))
    assert nats[0] == letters[0]
    assert nats[1] == pytest.approx(-3.0 + 0.1 * 3.0 / 3.0 + 0.9 + 8.0 * 0.9)
    assert np.isfinite(nats).all()


def test_who_knows_nothing_of_embeddings_does_not_listen_to_them() -> None:
    rest = (floats(3.0), floats(0.9), 4.0, floats(4.0))
    assert ALONE.nats(*rest, floats(0.9)) == ALONE.nats(*rest, floats(np.nan))


def test_a_file_of_before_and_one_with_a_null_know_letters_only(tmp_path: Path) -> None:
    BOTH.save(tmp_path)
    assert Calibration.beside(tmp_path) == BOTH
    tree = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    for change in ({"with_embedding": None}, {}):
        del tree["with_embedding"]
        tree |= change
        (tmp_path / FILE).write_text(json.dumps(tree), encoding="utf-8")
        assert Calibration.beside(tmp_path) == ALONE
        tree["with_embedding"] = None


def test_an_old_diary_has_examples_without_embeddings_beside_new_ones() -> None:
    examples = LabelledExamples(BOTH)
    examples.add("old", said("AB"), LIT)
    examples.add("near", said("AB", HALF), LIT)
    examples.add("far", said("AB", OTHER), LIT)
    examples.add("of another model", said("AB", np.ones(3, np.float32)), LIT)
    recall = examples.recall(said("AB", HALF))
    nats = dict(zip(recall.names, recall.nats, strict=True))
    letters = LabelledExamples(ALONE).likeness(said("AB"), said("AB"))
    assert nats["old"] == nats["of another model"] == pytest.approx(letters)
    assert nats["near"] == pytest.approx(nats["far"] + 8.0, abs=0.1)


def test_a_new_utterance_without_an_embedding_is_compared_by_its_letters() -> None:
    examples = LabelledExamples(BOTH)
    examples.add("near", said("AB", HALF), LIT)
    letters = LabelledExamples(ALONE).likeness(said("AB"), said("AB"))
    assert examples.recall(said("AB")).nats == pytest.approx([letters])
    assert examples.likeness(said("AB"), said("AB", HALF)) == pytest.approx(letters)
