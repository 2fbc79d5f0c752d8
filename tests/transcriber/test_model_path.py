from __future__ import annotations

from pathlib import Path

import pytest

from lamp.config import Config, Places
from lamp.errors import AcousticModelError
from lamp.transcriber.model_path import added_models, find_model, known_models


@pytest.fixture
def shelves(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("shipped/potato", "shipped/both", "added/both", "added/own"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "model.onnx").touch()
    return tmp_path / "shipped", tmp_path / "added"


def test_shipped_models_come_first(shelves: tuple[Path, Path]) -> None:
    shipped, added = shelves
    assert find_model("both", added, (shipped,)) == shipped / "both"
    assert find_model("own", added, (shipped,)) == added / "own"


def test_a_path_is_taken_as_it_is(shelves: tuple[Path, Path]) -> None:
    shipped, added = shelves
    assert find_model(str(added / "own"), added, (shipped,)) == added / "own"


def test_an_unknown_name_is_answered_with_the_known_ones(shelves: tuple[Path, Path]) -> None:
    shipped, added = shelves
    with pytest.raises(AcousticModelError, match="there are: both, own, potato"):
        find_model("carrot", added, (shipped,))


def test_an_unknown_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AcousticModelError, match="there is no directory"):
        find_model(str(tmp_path / "x"), tmp_path)


def test_shelves_that_are_not_there_are_empty(tmp_path: Path) -> None:
    assert known_models(tmp_path / "x", (tmp_path / "y",)) == []


def test_lamp_yaml_says_where_added_models_lie(tmp_path: Path) -> None:
    assert added_models(Config(places=Places(models=str(tmp_path)))) == tmp_path
