"""Operator and anticipator are killed: every flip that was logged is in the diary, once."""

from __future__ import annotations

import contextlib
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lamp.mailbox import Mailbox
from lamp.messages import Correction, Flip, SwitchMoved

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE = 120.0  # s; the machine may be busy


class Pair:
    """An operator, an anticipator, and a hand that is an observer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log_file = folder / "lamp.log"
        self.yaml = folder / "lamp.yaml"
        self.yaml.write_text(
            f"places: {{state: {folder / 'state'}, runtime: {folder / 'run'}}}\n"
            "pins: {board: simulated}\naudio: {source: house}\n"
        )
        (folder / "run").mkdir(mode=0o700)
        self.hand = Mailbox(folder / "run", "observer", 100_000)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.seen: set[str] = set()

    def start(self, *names: str) -> None:
        with self.log_file.open("ab") as log:
            for name in names:
                command = [sys.executable, "-m", f"lamp.{name}", str(self.yaml)]
                self.running[name] = subprocess.Popen(command, stderr=log, stdout=log)

    def end(self, name: str, number: int = signal.SIGTERM) -> None:
        process = self.running.pop(name)
        process.send_signal(number)
        process.wait(PATIENCE)

    def flip(self) -> None:
        """Move the switch until the lamp has followed, whoever had to be started meanwhile."""
        before = len(self.seen)
        until = time.monotonic() + PATIENCE
        while len(self.seen) == before:
            self.hand.send("operator", SwitchMoved(0.0))
            self.drain(1.0, until=before + 1)
            assert time.monotonic() < until, self.log()

    def drain(self, seconds: float, until: int | None = None) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and (until is None or len(self.seen) < until):
            delivery = self.hand.get(0.1)
            if delivery is not None:
                if isinstance(delivery.message, Flip | Correction):
                    self.seen.add(delivery.message.id)
                delivery.ack()

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def logged(self) -> list[str]:
        return re.findall(r"operator: flip (\S+) to ", self.log())

    def in_the_diary(self) -> list[str]:
        path = self.folder / "state" / "diary.sqlite"
        try:
            with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as diary:
                return [row[0] for row in diary.execute("SELECT id FROM flips")]
        except sqlite3.Error:  # it is just being made
            return []

    def wait_for_the_diary(self) -> None:
        until = time.monotonic() + PATIENCE
        while not set(self.logged()) <= set(self.in_the_diary()):
            assert time.monotonic() < until, (self.missing(), self.log()[-4000:])
            self.drain(0.2)

    def missing(self) -> set[str]:
        return set(self.logged()) - set(self.in_the_diary())

    def close(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
        self.hand.close()


@pytest.fixture
def pair(tmp_path):
    pair = Pair(tmp_path)
    yield pair
    pair.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_flips_while_the_anticipator_is_away_outlive_the_operator(pair, number):
    pair.start("operator")
    for _ in range(3):
        pair.flip()
    pair.drain(0.5)
    pair.end("operator", number)
    assert ("flips are not in the diary yet" in pair.log()) == (number == signal.SIGTERM)
    pair.start("operator", "anticipator")
    pair.wait_for_the_diary()
    assert len(pair.in_the_diary()) == len(set(pair.in_the_diary())) >= 3


def test_no_death_of_either_costs_a_flip(pair):
    chance = random.Random(1)
    pair.start("operator", "anticipator")
    for _ in range(12):
        for _ in range(chance.randrange(1, 4)):
            pair.flip()
        pair.drain(chance.random() * 0.2)
        name = chance.choice(["operator", "operator", "anticipator"])
        pair.end(name, signal.SIGKILL)
        pair.start(name)
    pair.flip()
    pair.wait_for_the_diary()
    kept = pair.in_the_diary()
    assert len(kept) == len(set(kept)) >= 13
    assert "Traceback" not in pair.log()
