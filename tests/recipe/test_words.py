"""Pseudo-labels: what Whisper read becomes letters of sounds. Whisper itself is made up here."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("soundfile")
pytest.importorskip("scipy")

from models.recipe.batches import COUNT, Material, Rows, Surroundings
from models.recipe.letters import VOCABULARY, spell
from models.recipe.noises import make_noises, make_room
from models.recipe.store import RATE, Samples, Source, Writer
from models.recipe.teacher import Heard, frames_of, pack
from models.recipe.words import Words, letters_of, phonemes_of, read_all


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Three clips of a second; the teacher heard S in all of them."""
    with Writer(tmp_path, "said") as writer:
        for number in range(3):
            writer.add(str(number), np.full(RATE, 0.1 * (number + 1), np.float32))
    target = np.zeros((3 * frames_of(RATE), 32), np.float32)
    target[:, VOCABULARY.index("S")] = 1
    (tmp_path / "said.phones").write_bytes(pack(target).tobytes())
    return Source(tmp_path, "said")


@pytest.fixture
def no_espeak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phonemes without espeak-ng."""
    monkeypatch.setattr("models.recipe.words.phonemes_of", lambda text: {"tea": "tˈiː"}[text])


def test_phonemes_become_letters_of_sounds() -> None:
    assert letters_of("tˈɜːn ðə lˈaɪt ˌɔn") == "T'ND'LZTON"
    assert letters_of("tʃˈɛɹz") == "CERS"
    assert letters_of("θɹˈiː") == "QRI"
    assert letters_of(" ?\n") == ""


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
def test_espeak_speaks_words() -> None:
    assert letters_of(phonemes_of("three chairs")) == "QRICERS"


@pytest.mark.usefixtures("no_espeak")
def test_what_is_not_sure_has_no_letters_and_a_cut_run_goes_on(
    tmp_path: Path, source: Source
) -> None:
    asked: list[float] = []

    def read(samples: Samples) -> tuple[str, float]:
        asked.append(float(samples[0]))
        return "tea", -0.1 if samples[0] < 0.15 else -2.0

    assert read_all(read, tmp_path, source) == 1
    path = tmp_path / "said.words"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[:-9], encoding="utf-8")  # interrupted in the middle of the last line
    assert read_all(read, tmp_path, source) == 1
    assert path.read_text(encoding="utf-8") == whole
    assert len(asked) == 4
    words = Words(tmp_path, "said")
    assert len(words) == 3
    assert spell(words.letters(0) or []) == "TI"
    assert words.letters(1) is None


@pytest.mark.usefixtures("no_espeak")
def test_rows_ask_for_the_words_where_they_are_known(tmp_path: Path, source: Source) -> None:
    read_all(lambda _: ("tea", 0.0), tmp_path, source)
    rng = np.random.default_rng(0)
    rooms = [np.fft.rfft(make_room(rng), COUNT + 6400)]
    around = Surroundings(rooms, make_noises(rng, 6, 7.0), make_noises(rng, 1, 7.0))
    material = Material(source, Heard(tmp_path, source), 1.0, Words(tmp_path, "said"))
    strings = [spell(row) for row in Rows([material], around, seed=1).batch(8)[2]]
    said = "".join(strings)
    assert "TITI" in said
    assert set(said) == set("TIS"), "clips that the row cuts keep the teacher's string"
