from __future__ import annotations

from pathlib import Path

import pytest

from lamp.transcriber.acoustic_model import AcousticModel
from lamp.transcriber.transcriber import Transcriber
from tests.transcriber.beeps import write_model


@pytest.fixture(scope="session")
def beep_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "beeps")


@pytest.fixture(scope="session")
def beep_model(beep_directory: Path) -> AcousticModel:
    return AcousticModel(beep_directory)


@pytest.fixture
def transcriber(beep_model: AcousticModel) -> Transcriber:
    return Transcriber(beep_model)
