"""Model files: bit-exact, torn or foreign ones refused with advice."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from lamp.language_model import (
    Example,
    LanguageModel,
    LanguageModelError,
    ModelFileDamaged,
    ModelFileForeign,
    ModelFileMissing,
    ModelFileTooNew,
    ModelFileTooOld,
    ModelFileUnreadable,
    StepBudget,
)
from lamp.language_model.model_file import MAGIC, VERSION

ACTIONS = ("<none>", "<lit>", "<dark>")
EXAMPLES = [
    Example("lights on", 1, before=("<dark>",)),
    Example("lights off", 2, before=("<lit>",)),
    Example("\udc80 odd \u00e9", 0),
    Example("good morning", 0),
] * 6


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    fitted = LanguageModel.fit(EXAMPLES, ACTIONS, None, StepBudget(10))
    fitted.observe(Example("something new", 0))
    fitted.trained_to = 4711
    return fitted


@pytest.fixture
def path(model: LanguageModel, tmp_path: Path) -> Path:
    model.save(tmp_path / "a.model")
    return tmp_path / "a.model"


def test_a_loaded_model_answers_bit_for_bit_the_same(model: LanguageModel, path: Path) -> None:
    loaded = LanguageModel.load(path)
    for text in ("lights on", "something new", "never heard", ""):
        assert np.array_equal(loaded.predict(text, ("<dark>",)), model.predict(text, ("<dark>",)))
    assert loaded.actions == model.actions
    assert loaded.settings == model.settings
    assert loaded.trained_to == 4711
    assert loaded.held_out == model.held_out


def test_a_loaded_model_learns_on_as_the_saved_one_would(path: Path, tmp_path: Path) -> None:
    left, right = LanguageModel.load(path), LanguageModel.load(path)
    left.observe(Example("lamp please", 1))
    left.save(tmp_path / "b.model")
    right.observe(Example("lamp please", 1))
    assert np.array_equal(
        LanguageModel.load(tmp_path / "b.model").predict("lamp"), right.predict("lamp")
    )


def test_a_fresh_model_can_be_saved(tmp_path: Path) -> None:
    LanguageModel.fresh(ACTIONS).save(tmp_path / "fresh.model")
    assert LanguageModel.load(tmp_path / "fresh.model").predict("x")[0] > 0.999


def test_saving_leaves_no_other_file(path: Path) -> None:
    assert [each.name for each in path.parent.iterdir()] == ["a.model"]


def test_a_save_that_fails_leaves_the_old_model(
    model: LanguageModel, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lamp.language_model.model_file.os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        model.save(path)
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelFileMissing, match="there is no model"):
        LanguageModel.load(tmp_path / "none.model")


def test_a_directory_is_not_readable_as_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelFileUnreadable, match="cannot be read"):
        LanguageModel.load(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.001, 0.3, 0.99])
def test_a_truncated_file_is_called_damaged(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelFileDamaged, match="cut off or damaged"):
        LanguageModel.load(path)


@pytest.mark.parametrize("place", [9, 45, 60, -1])
def test_a_flipped_bit_is_found(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(bytes(content))
    with pytest.raises(ModelFileDamaged, match="delete it"):
        LanguageModel.load(path)


@pytest.mark.parametrize("content", [b"PK\x03\x04 a zip", b"RIFFxxxxWAVE", b"{}"])
def test_a_foreign_file_is_called_foreign(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.model").write_bytes(content)
    with pytest.raises(ModelFileForeign, match="not a language model"):
        LanguageModel.load(tmp_path / "a.model")


def sealed(content: bytes) -> bytes:
    return MAGIC + hashlib.sha256(content).digest() + content


def test_a_newer_format_says_so(path: Path) -> None:
    content = struct.pack("<I", VERSION + 1) + path.read_bytes()[len(MAGIC) + 36 :]
    path.write_bytes(sealed(content))
    with pytest.raises(ModelFileTooNew, match="install the newer version"):
        LanguageModel.load(path)


def test_an_older_format_is_to_be_made_anew(path: Path) -> None:
    content = struct.pack("<I", VERSION - 1) + path.read_bytes()[len(MAGIC) + 36 :]
    path.write_bytes(sealed(content))
    with pytest.raises(ModelFileTooOld, match="fit a new model"):
        LanguageModel.load(path)


@pytest.mark.parametrize("header", [b"{}", b"[1]", b'{"about": {}, "arrays": []}', b"\xff"])
def test_nonsense_with_a_right_checksum_is_damaged(path: Path, header: bytes) -> None:
    path.write_bytes(sealed(struct.pack("<IQ", VERSION, len(header)) + header))
    with pytest.raises(ModelFileDamaged):
        LanguageModel.load(path)


def test_every_cause_is_a_language_model_error() -> None:
    for cause in (
        ModelFileMissing,
        ModelFileUnreadable,
        ModelFileDamaged,
        ModelFileForeign,
        ModelFileTooNew,
        ModelFileTooOld,
    ):
        assert issubclass(cause, LanguageModelError)
