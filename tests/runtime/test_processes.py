"""How long each process may be silent."""

from __future__ import annotations

import os

import pytest

from lamp.clock import LiveClock
from lamp.operator.health_summary import summarise
from lamp.runtime.heartbeat import Health
from lamp.runtime.processes import LEARNING_SIDE, PROCESSES, START_ORDER, WRITERS, hung_after
from lamp.supervisor import Limits

NOW = 10_000.0


def test_there_are_five_and_each_is_started() -> None:
    assert set(START_ORDER) == set(PROCESSES) == {"operator", *LEARNING_SIDE}
    assert len(START_ORDER) == len(PROCESSES) == 5
    assert set(WRITERS) < {"lamp", *PROCESSES}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_supervisor_waits_as_long_as_the_table_says(name: str) -> None:
    assert Limits().hung(name) == hung_after(name) > 1.0


def test_a_long_refit_is_no_trouble() -> None:
    pid, since = os.getpid(), LiveClock().wall().isoformat()
    healths = {
        name: Health(name, pid, since, NOW, NOW, {"state": "listening"}) for name in LEARNING_SIDE
    }
    refitting = Health("trainer", pid, since, NOW - 300.0, NOW, {"state": "learning"})
    assert summarise(healths | {"trainer": refitting}, NOW, started=0.0) == "learning"


def test_a_view_has_a_patience_too() -> None:
    assert hung_after("view") == 20.0
