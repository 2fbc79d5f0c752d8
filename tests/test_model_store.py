from __future__ import annotations

from pathlib import Path

import pytest

from lamp.diary import conversation
from lamp.errors import LanguageModelUnusable, StateError
from lamp.language_model import PRESETS, Example, LanguageModel
from lamp.model_store import ModelStore


def model(trained_to: int) -> LanguageModel:
    made = LanguageModel.fresh(conversation.TOKENS, PRESETS["potato"])
    for _ in range(trained_to):
        made.observe(Example("lumos", 1))
    made.trained_to = trained_to
    return made


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", keep=2)


def test_an_empty_store_has_no_model(store: ModelStore) -> None:
    assert store.current() is None
    assert store.load() is None


def test_the_last_model_put_is_current(store: ModelStore) -> None:
    store.put(model(1))
    stored = store.put(model(2))
    assert store.current() == stored
    loaded = store.load()
    assert loaded is not None
    assert loaded.trained_to == 2
    assert (loaded.predict("lumos") == model(2).predict("lumos")).all()


def test_some_earlier_models_stay_and_older_ones_go(store: ModelStore) -> None:
    for trained_to in range(1, 6):
        store.put(model(trained_to))
    assert [path.name for path in store.files()] == [
        "model-000003.lamp",
        "model-000004.lamp",
        "model-000005.lamp",
    ]


def test_rolling_back_goes_one_model_back_each_time(store: ModelStore) -> None:
    for trained_to in (1, 2, 3):
        store.put(model(trained_to))
    assert store.roll_back().trained_to == 2
    assert store.roll_back().trained_to == 1
    with pytest.raises(StateError, match="no earlier model"):
        store.roll_back()
    current = store.current()
    assert current is not None
    assert current.trained_to == 1


def test_a_model_put_after_a_rollback_gets_a_number_of_its_own(store: ModelStore) -> None:
    for trained_to in (1, 2):
        store.put(model(trained_to))
    store.roll_back()
    assert store.put(model(3)).file == "model-000003.lamp"


def test_a_current_file_that_was_damaged_counts_as_none(store: ModelStore) -> None:
    stored = store.put(model(1))
    (store.path(stored).parent / "current.json").write_text("{")
    assert store.current() is None


def test_a_model_file_that_has_gone_is_told(store: ModelStore) -> None:
    store.path(store.put(model(1))).unlink()
    with pytest.raises(LanguageModelUnusable):
        store.load()
