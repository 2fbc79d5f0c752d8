from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hil.inside import sim
from tests.hil.inside.lamp import Operator


@pytest.fixture
def potato() -> Iterator[sim.Board]:
    with sim.board() as board:
        yield board


@pytest.fixture
def operator(potato: sim.Board, tmp_path: Path) -> Iterator[Operator]:
    operator = Operator(tmp_path, potato)
    yield operator
    operator.close()
