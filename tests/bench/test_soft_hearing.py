from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.text import Text

from bench.soft_hearing import draw, hear
from lamp.config import Config
from lamp.similarity import Calibration
from lamp.transcriber.engine import make_engine
from lamp.transcriber.transcriber import Transcriber


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    engine = make_engine(Config())
    assert isinstance(engine, Transcriber)
    return engine


def test_rows_are_blank_and_the_letters_in_the_order_they_were_heard(
    transcriber: Transcriber,
) -> None:
    heard = hear(transcriber, "ada-nox-1")
    assert heard.rows[0] == "blank"
    assert heard.probabilities.shape[1] == len(heard.rows)
    places = [heard.rows.index(letter) for letter in "NAKS"]
    assert places == sorted(places)
    assert heard.written.text == "NAKS"


def test_the_picture_tells_slots_grams_and_likenesses(
    transcriber: Transcriber, tmp_path: Path
) -> None:
    nox, lumos = (hear(transcriber, name) for name in ("ada-nox-1", "ada-lumos-1"))
    figure = draw(nox, [nox, lumos], Calibration.beside(transcriber.model.directory.path))
    texts = [text.get_text() for text in figure.findobj(Text)]
    for slot in nox.written.soft.slots:
        letter, p = slot[0]
        assert f"{letter} .{round(100 * p):02d}" in texts
    table = next(text for text in texts if "cosine" in text).split("\n")
    assert table[1].split()[:2] == ["ada-nox-1", "1.00"]
    assert float(table[2].split()[1]) < 0.8
    figure.savefig(tmp_path / "picture.svg", format="svg")
    assert (tmp_path / "picture.svg").read_text().count("<path") > 100
