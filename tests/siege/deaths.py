"""Processes of a whole lamp, its supervisor among them, are killed and stopped at random.

Every flip that the operator logged has to be in the diary in the end, once.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from lamp.mailbox import Mailbox
from lamp.messages import Correction, Flip, SwitchMoved, Transcript

DEATHS = 2_000  # at scale 1
LONGEST = 0.8  # s for each of them, after which there are fewer
WEIGHTS = {
    "operator": 25,
    "anticipator": 30,
    "trainer": 20,
    "transcriber": 8,
    "recorder": 7,
    "supervisor": 5,  # all others end with it
}
BETWEEN = 0.3  # s between two deaths, on average
STOPPED = 0.2  # share of those that are stopped for a while instead
PATIENCE = 300.0  # s for the lamp to be whole again, and to have learned from all that waited
PAUSE = 1.0  # s between two flips on average, and between words: nobody is faster for long
TURN = 0.1  # s
SHM = Path("/dev/shm")
MAIN = "from lamp.cli import main; main()"
SYLLABLES = [a + b for a in "bltmzk" for b in "aiou"]


class Siege:
    """A lamp under attack, and the hand and the voice in its house."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.log_file = folder / "lamp.log"
        self.config = folder / "lamp.yaml"
        # As on a board, where /run is in memory.
        self.memory = tempfile.TemporaryDirectory(dir="/dev/shm" if SHM.is_dir() else folder)
        runtime = Path(self.memory.name)
        self.config.write_text(
            json.dumps(
                {
                    "places": {"state": str(folder / "state"), "runtime": str(runtime)},
                    "pins": {"board": "simulated"},
                    "audio": {"source": "house"},
                    "training": {"budget": 0.4, "patience": 0.3},
                }
            )
        )
        self.house = Mailbox(runtime, "observer", 100_000)
        self.deaths: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.stopped: list[tuple[float, int]] = []
        self.said = 0
        self.supervisor = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", MAIN, "--config", str(self.config), "run"]
        with self.log_file.open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def pids(self, name: str) -> list[int]:
        if name == "supervisor":
            return [self.supervisor.pid]
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            ours = any(word.startswith(self.memory.name.encode()) for word in words)
            if ours and f"lamp.{name}".encode() in words:
                found.append(int(process.name))
        return found

    def strike(self) -> None:
        """One of them dies, or stands still for a while."""
        name = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        for pid in self.pids(name)[:1]:
            try:
                if self.chance.random() < STOPPED:
                    os.kill(pid, signal.SIGSTOP)
                    most = 1.5 if name == "supervisor" else 5.0
                    self.stopped.append((time.monotonic() + self.chance.uniform(0.1, most), pid))
                else:
                    os.kill(pid, signal.SIGKILL)
                self.deaths[name] += 1
            except ProcessLookupError:
                pass

    def let_go(self, everybody: bool = False) -> None:
        for until, pid in list(self.stopped):
            if everybody or time.monotonic() >= until:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
                self.stopped.remove((until, pid))
        if self.supervisor.poll() is not None:
            self.supervisor = self.start()

    def speak(self) -> None:
        self.said += 1
        now = time.monotonic()
        words = "".join(self.chance.choices(SYLLABLES, k=3))
        name = f"u-{os.getpid()}-{self.said}"
        self.house.send("anticipator", Transcript(name, words, 0.8, now - 0.8, now - 0.1, now))

    def drain(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (delivery := self.house.get(max(0.0, until - time.monotonic()))) is not None:
            if isinstance(delivery.message, Flip | Correction):
                self.seen.add(delivery.message.id)
            delivery.ack()

    def logged(self) -> list[str]:
        text = self.log_file.read_text(errors="replace")
        return re.findall(r"operator: flip (\S+) to ", text)

    def in_the_diary(self) -> list[str]:
        path = self.folder / "state" / "diary.sqlite"
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as diary:
                return [row[0] for row in diary.execute("SELECT id FROM flips")]
        except sqlite3.Error:
            return []

    def settle(self) -> set[str]:
        """Leave it in peace until one more flip is in the diary; what is still missing then."""
        self.let_go(everybody=True)
        until = time.monotonic() + PATIENCE
        before = len(self.seen)
        while time.monotonic() < until:
            self.let_go()
            if len(self.seen) == before:
                self.house.send("operator", SwitchMoved(0.0))
            self.drain(1.0)
            missing = (set(self.logged()) | self.seen) - set(self.in_the_diary())
            if len(self.seen) > before and not missing:
                return set()
        return (set(self.logged()) | self.seen) - set(self.in_the_diary())

    def close(self) -> None:
        self.let_go(everybody=True)
        self.supervisor.terminate()
        try:
            self.supervisor.wait(30.0)
        except subprocess.TimeoutExpired:
            self.supervisor.kill()
        self.house.close()
        self.memory.cleanup()


def attack(folder: Path, scale: float, seed: int) -> list[tuple[str, str, bool]]:
    """Kill for a while; what was lost, doubled, or hung."""
    siege = Siege(folder, seed)
    hangs = 0
    try:
        hangs += bool(siege.settle())
        wanted = round(DEATHS * scale)
        until = time.monotonic() + LONGEST * wanted
        strike_at = time.monotonic()
        while siege.deaths.total() < wanted and time.monotonic() < until:
            if siege.chance.random() < TURN / PAUSE:
                siege.speak()
            if siege.chance.random() < TURN / PAUSE:
                siege.house.send("operator", SwitchMoved(0.0))
            siege.drain(TURN)
            siege.let_go()
            if time.monotonic() >= strike_at:
                siege.strike()
                strike_at = time.monotonic() + siege.chance.expovariate(1 / BETWEEN)
        missing = siege.settle()
    finally:
        siege.close()
    kept, logged = siege.in_the_diary(), siege.logged()
    twice = len(kept) - len(set(kept))
    with closing(sqlite3.connect(folder / "state" / "diary.sqlite")) as diary:
        (whole,) = diary.execute("PRAGMA integrity_check").fetchone()
    crashes = siege.log_file.read_text(errors="replace").count("Traceback")
    deaths = sum(siege.deaths.values())
    told = ", ".join(f"{name} {count}" for name, count in sorted(siege.deaths.items()))
    return [
        (f"{deaths} deaths ({told}): flips lost of {len(logged)}", str(len(missing)), not missing),
        ("the same: flips twice", str(twice), twice == 0),
        ("the same: hangs, crashes, damage", f"{hangs}, {crashes}, {whole}", not hangs + crashes),
    ]
