"""A short evening through the real five processes, with and without accidents."""

from __future__ import annotations

import io
import json
import os
import random
import signal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lamp.config import Config, Hearing
from lamp.diary.writer import Diary
from lamp.errors import AcousticModelError
from lamp.runtime.paths import diary_path
from lamp.runtime.processes import PROCESSES
from lamp.simulate.demo import run_demo
from lamp.simulate.summary import Summary
from lamp.supervisor import Supervisor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def evening(out: Path, minutes: float, seed: int = 1) -> tuple[Summary, str]:
    screen = io.StringIO()
    return run_demo(seed, out, minutes, screen=screen), screen.getvalue()


def test_the_lamp_learns_in_a_short_evening_and_leaves_its_picture(tmp_path: Path) -> None:
    summary, shown = evening(tmp_path, 6.0)
    # A lamp that learned nothing obeys nobody.
    assert sum(share.obeyed for share in summary.obeyed) >= 2
    assert summary.flips_to_teach >= 2
    assert summary.promoted >= 2
    assert summary.heard >= summary.commands
    assert {"model", "decode"} <= set(summary.latency)
    picture = ElementTree.parse(summary.picture)
    assert picture.getroot().tag.endswith("svg")
    stored = json.loads((tmp_path / "summary.json").read_text())
    assert stored == json.loads(json.dumps(summary.as_json()))
    for needed in ("by hand", "Obeyed at the first saying", "with a plain switch", summary.picture):
        assert needed in shown


def test_the_same_seed_gives_the_same_evening(tmp_path: Path) -> None:
    first, _ = evening(tmp_path / "first", 1.5)
    again, _ = evening(tmp_path / "again", 1.5)
    assert first.same() == again.same()


class Accidents:
    """Kills a process now and then; in the end all of them at once."""

    def __init__(self, seed: int) -> None:
        self.killed: list[str] = []
        self.lamps: list[set[str]] = []
        self._rng = random.Random(seed)
        self._next = 6.0
        self._names: list[str] = []

    def happen(self, now: float, supervisor: Supervisor) -> None:
        self.lamps.append(set(supervisor.pids))
        self.diary = diary_path(supervisor.config)
        if now < self._next:
            return
        self._next = now + self._rng.uniform(8, 14)
        if not self._names:
            self._names = self._rng.sample(PROCESSES, len(PROCESSES))
        name = self._names.pop()
        if name in supervisor.pids:
            os.kill(supervisor.pids[name], signal.SIGKILL)
            self.killed.append(name)


class Autopsy(Accidents):
    """Reads the diary while it is still there."""

    def happen(self, now: float, supervisor: Supervisor) -> None:
        super().happen(now, supervisor)
        diary = Diary.open(self.diary, read_only=True)
        try:
            self.labelled = [exchange.id for exchange in diary.labelled()]
        finally:
            diary.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_an_evening_ends_well_whatever_process_is_killed(tmp_path: Path, seed: int) -> None:
    accidents, screen = Autopsy(seed), io.StringIO()
    summary = run_demo(seed, tmp_path, 2.0, screen=screen, meanwhile=accidents.happen)
    assert set(accidents.killed) == set(PROCESSES)
    assert accidents.lamps[-1] == set(PROCESSES)  # all of them live again
    assert summary.heard > 0
    assert len(accidents.labelled) == len(set(accidents.labelled)) > 0
    for name in accidents.killed:
        assert f"{name} has ended: killed by signal 9" in screen.getvalue()
    assert "The picture of it" in screen.getvalue()


def test_a_demo_without_an_acoustic_model_says_so_at_once(tmp_path: Path) -> None:
    base = Config(hearing=Hearing(model="nobody-has-this"))
    with pytest.raises(AcousticModelError, match="nobody-has-this"):
        run_demo(1, tmp_path, 1.0, base=base, screen=io.StringIO())
