from __future__ import annotations

import math
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lamp.clock import ReplayClock
from lamp.runtime.heartbeat import Health, Heartbeat, read_health, read_one


class Machine:
    """The machine's monotonic clock, in the test's hand."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def heart(directory: Path, name: str, machine: Machine) -> Heartbeat:
    return Heartbeat(directory, name, ReplayClock(datetime(2026, 1, 1, tzinfo=UTC), 7.0), machine)


def written(directory: Path, name: str = "recorder") -> Health:
    health = read_one(directory, name)
    assert health is not None
    return health


def test_a_beat_tells_who_since_when_and_what(tmp_path: Path) -> None:
    heart(tmp_path, "recorder", Machine()).beat(level_db=-40.5, state="listening")
    health = written(tmp_path)
    assert (health.name, health.pid, health.beat, health.at) == ("recorder", os.getpid(), 50.0, 7.0)
    assert health.since == "2026-01-01T00:00:07+00:00"
    assert health.facts == {"level_db": -40.5, "state": "listening"}
    assert health.age(52.5) == 2.5


def test_the_level_of_perfect_silence_can_be_told(tmp_path: Path) -> None:
    heart(tmp_path, "recorder", Machine()).beat(level_db=-math.inf)
    assert written(tmp_path).facts == {"level_db": -math.inf}


def test_it_is_written_once_a_second_at_most_and_no_fact_is_lost(tmp_path: Path) -> None:
    machine = Machine()
    beating = heart(tmp_path, "recorder", machine)
    beating.beat(heard=1)
    machine.now += 0.5
    beating.beat(heard=2, clipped=1)
    assert written(tmp_path).facts == {"heard": 1}
    machine.now += 0.5
    beating.beat()
    assert written(tmp_path).facts == {"heard": 2, "clipped": 1}


def test_last_words_are_written_at_once(tmp_path: Path) -> None:
    beating = heart(tmp_path, "recorder", Machine())
    beating.beat(state="listening")
    beating.last(state="failed", error="no microphone")
    assert written(tmp_path).facts == {"state": "failed", "error": "no microphone"}


def test_all_health_is_read_by_name_and_damage_is_passed_over(tmp_path: Path) -> None:
    assert read_health(tmp_path) == {}
    for name in ("recorder", "operator"):
        heart(tmp_path, name, Machine()).beat()
    (tmp_path / "health" / "trainer.json").write_text("{")
    (tmp_path / "health" / "anticipator.json").write_text('{"name": "anticipator"}')
    whole = (tmp_path / "health" / "operator.json").read_text()
    (tmp_path / "health" / "transcriber.json").write_text(whole.replace("{}", "3"))
    assert list(read_health(tmp_path)) == ["operator", "recorder"]
    assert read_one(tmp_path, "nobody") is None


def test_a_disk_that_cannot_be_written_is_told_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine()
    (tmp_path / "health").write_text("in the way")
    beating = heart(tmp_path, "recorder", machine)
    for _ in range(3):
        beating.beat()
        machine.now += 1.0
    assert caplog.text.count("cannot write") == 1
    (tmp_path / "health").unlink()
    beating.beat()
    assert written(tmp_path).name == "recorder"


def test_the_living_and_the_dead_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert Health("a", os.getpid(), "", 0.0, 0.0, {}).alive
    assert not Health("a", gone.pid, "", 0.0, 0.0, {}).alive

    def forbidden(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)
    assert Health("a", 1, "", 0.0, 0.0, {}).alive
