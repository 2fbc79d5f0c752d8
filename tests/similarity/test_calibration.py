from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lamp.errors import AcousticModelError
from lamp.similarity import Calibration
from lamp.similarity.calibration import FILE, Coefficients

MADE = Calibration(("A", "B"), ((2.0, 0.1), (0.1, 2.0)), 1.25, Coefficients(cosine=5.0))


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    MADE.save(tmp_path)
    assert Calibration.beside(tmp_path) == MADE
    assert Calibration.beside(tmp_path).ratios.tolist() == MADE.ratios.tolist()


def test_a_model_with_none_beside_it_gets_the_generic_one(tmp_path: Path) -> None:
    generic = Calibration.beside(tmp_path)
    assert generic == Calibration()
    assert np.diag(generic.ratios).min() > 1 > generic.ratios[0, 1]
    assert generic.ratios.mean(axis=1) == pytest.approx(1)  # ratios of probabilities


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("known", "unknown"),
        lambda text: text.replace("cosine", "sine"),
        lambda text: text.replace("1.25", '"wide"'),
        lambda text: text.replace("[[2.0, 0.1], [0.1, 2.0]]", "[[2.0, 0.1]]"),
        lambda text: text.replace("[[2.0, 0.1], [0.1, 2.0]]", "[[2.0, 0.1], [0.1]]"),
        lambda _: "[]",
        lambda _: "",
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    MADE.save(tmp_path)
    path = tmp_path / FILE
    before = path.read_text(encoding="utf-8")
    path.write_text(damage(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before
    with pytest.raises(AcousticModelError, match=FILE):
        Calibration.beside(tmp_path)


def test_more_alike_is_likelier_the_same_words() -> None:
    score, cosine = np.array([0.0, 5.0, 5.0]), np.array([0.1, 0.1, 0.9])
    nats = Calibration().nats(score, cosine, 5.0, np.array([5.0, 5.0, 5.0]), np.full(3, np.nan))
    assert nats.tolist() == sorted(nats)
    assert len(set(nats.tolist())) == 3
