from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lamp.config import Config, Hearing
from lamp.errors import AcousticModelError
from lamp.messages import PartialTranscript, Transcript
from lamp.soft_text import SoftText
from lamp.transcriber.engine import make_engine
from lamp.transcriber.process import serve
from lamp.transcriber.transcriber import Transcriber, Transcription
from tests.paper_mailbox import HandClock, PaperHeartbeat, PaperMailbox
from tests.transcriber.test_transcriber_process import utterance


class Counter:
    """Writes as many letters as it heard tenths of a second."""

    def transcribe(self, samples: np.ndarray) -> Transcription:
        return Transcription(self.hear(samples), 1.0)

    def follow(self) -> Counter:
        return self

    def hear(self, samples: np.ndarray) -> str:
        return "x" * (len(samples) // 1600)


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Config:
    module = ModuleType("somebodys_ears")
    module.make = lambda config: Counter()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "somebodys_ears", module)
    return Config(hearing=Hearing(model="somebodys_ears:make"))


def test_a_model_directory_is_an_engine(beep_directory: Path) -> None:
    engine = make_engine(Config(hearing=Hearing(model=str(beep_directory))))
    assert isinstance(engine, Transcriber)


def test_somebody_elses_engine_hears_in_its_place(foreign: Config) -> None:
    said = [utterance("u", "ab", 9.0, final=False), lambda: None, utterance("u", "abc", 9.2)]
    post = PaperMailbox(said)
    serve(foreign, post, HandClock(10.0), PaperHeartbeat())
    partial, whole = post.to("anticipator")
    assert isinstance(partial, PartialTranscript)
    assert isinstance(whole, Transcript)
    assert (partial.text, whole.text) == ("xxxx", "xxxxxx")
    assert SoftText.decode(whole.soft) == SoftText.of_text("xxxxxx"), "it has no posteriors"


@pytest.mark.parametrize("name", ["nobodys_ears:make", "json:nothing"])
def test_an_engine_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(AcousticModelError, match=f"there is no engine {name}"):
        make_engine(Config(hearing=Hearing(model=name)))
