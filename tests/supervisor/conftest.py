from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lamp.config import Config, Places


@pytest.fixture
def house() -> Iterator[Path]:
    """A directory with a short name, for state and sockets."""
    directory = Path(tempfile.mkdtemp(prefix="lamp-test-", dir="/tmp"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def config(house: Path) -> Config:
    return Config(places=Places(state=str(house / "state"), runtime=str(house / "run")))
