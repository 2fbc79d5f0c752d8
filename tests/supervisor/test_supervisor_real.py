"""The supervisor with real processes, which are really killed and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lamp import config as configuration
from lamp.config import Config
from lamp.runtime.heartbeat import read_health

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SOON = 30.0  # s; everything here takes far less on a machine that is not busy
NAMES = ("operator", "trainer")


class RealLamp:
    """A supervisor in a process of its own, and the two that it watches."""

    def __init__(self, house: Path, config: Config) -> None:
        self.runtime = Path(config.places.runtime)
        self.config_file = house / "lamp.yaml"
        self.config_file.write_text(configuration.dump(config))
        self.log = house / "log"
        self.supervisor = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "tests.supervisor.tiny.lamp", str(self.config_file)],
                cwd=ROOT,
                stderr=log,
            )
        return self.supervisor

    def pids(self) -> dict[str, int]:
        """Of those that live."""
        health = read_health(self.runtime)
        return {
            name: health[name].pid
            for name in NAMES
            if name in health and health[name].facts["state"] == "living" and health[name].alive
        }

    def all_live(self) -> dict[str, int]:
        self.until(lambda: len(self.pids()) == len(NAMES))
        return self.pids()

    def all_gone(self) -> bool:
        return not any(health.alive for health in read_health(self.runtime).values())

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + SOON
        while not condition():
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)


@pytest.fixture
def lamp(house: Path, config: Config) -> Iterator[RealLamp]:
    real = RealLamp(house, config)
    yield real
    real.supervisor.kill()
    real.supervisor.wait()
    real.until(real.all_gone)  # a process says "stopped" before its last files are put away


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_killed_and_stopped_processes_come_back_and_the_others_do_not_notice(
    lamp: RealLamp,
) -> None:
    first = lamp.all_live()
    os.kill(first["trainer"], signal.SIGKILL)
    lamp.until(lambda: lamp.pids().get("trainer", first["trainer"]) != first["trainer"])
    second = lamp.all_live()
    assert second["operator"] == first["operator"]
    os.kill(second["trainer"], signal.SIGSTOP)
    lamp.until(lambda: lamp.pids().get("trainer", second["trainer"]) != second["trainer"])
    assert lamp.all_live()["operator"] == first["operator"]
    assert "trainer has hung" in lamp.log.read_text()


def test_sigterm_ends_everybody_the_operator_last(lamp: RealLamp) -> None:
    pids = lamp.all_live()
    lamp.supervisor.terminate()
    assert lamp.supervisor.wait(SOON) == 0
    assert all(gone(pid) for pid in pids.values())
    health = read_health(lamp.runtime)
    assert health["operator"].facts["state"] == "stopped"
    assert health["operator"].beat > health["trainer"].beat


def test_no_orphans_remain_of_a_killed_supervisor_and_a_new_one_gets_in_at_once(
    lamp: RealLamp,
) -> None:
    pids = lamp.all_live()
    lamp.supervisor.kill()
    lamp.supervisor.wait()
    lamp.start()
    lamp.until(lambda: all(gone(pid) for pid in pids.values()))
    assert not set(lamp.all_live().values()) & set(pids.values())


def test_a_second_lamp_on_the_same_state_is_refused_with_one_line(lamp: RealLamp) -> None:
    pids = lamp.all_live()
    program = (
        "import sys; from pathlib import Path; from lamp.runtime.entry_point import run;"
        "sys.exit(run('trainer', lambda *_: None, Path(sys.argv[1])))"
    )
    second = subprocess.run(
        [sys.executable, "-c", program, str(lamp.config_file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 7
    assert second.stderr.count("\n") == 1
    assert f"another lamp (process {pids['trainer']}) runs on" in second.stderr
