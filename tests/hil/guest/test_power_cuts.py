"""The plug is pulled at random moments while the lamp learns; it must still know what it knew."""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.hil.guest import cache
from tests.hil.guest.conftest import Boot
from tests.hil.guest.machine import Guest
from tests.hil.guest.test_installed import LONG

CUTS = int(os.environ.get("LAMP_HIL_CUTS", "20"))  # 200 in a long run
LINES = 2  # guests at a time, each with a disk of its own
LONGEST = 3.0  # s of learning before a cut
SWITCH_WORKS = 2.0  # s from the operator's start
TRIES = 5  # once more if it took longer, less what the guest then waited for the busy host
INSIDE = Path(__file__).parent / "inside"
AS_LAMP = "setpriv --reuid=lamp --regid=lamp --init-groups /opt/lamp/current/bin/python -I"
#: Everything that the diary holds, in teach.py's words.
KNOWN = """/usr/bin/python3 -c "
import sqlite3
diary = sqlite3.connect('file:/var/lib/lamp/diary.sqlite?mode=ro', uri=True)
for (name,) in diary.execute('SELECT id FROM flips'):
    print('flip', name)
for row in diary.execute('SELECT position, exchange, action FROM labels'):
    print('label', *row)
" """
#: These have nothing to do with it, and a boot is sooner over without them.
QUIET = ("lamp-recorder.service", "lamp-transcriber.service", "lamp-trainer.service")
WHILE_STARTING = 0.2  # of the cuts, already while the machine starts
STARTS = 8.0  # s


@dataclass
class Life:
    """One disk's, through many power cuts."""

    boot: Boot
    disk: Path
    chance: random.Random
    written: set[str] = field(default_factory=set)  # "flip ID" and "label POSITION EXCHANGE ACTION"
    follows: list[float] = field(default_factory=list)  # s from the operator's start to the relay
    late: int = 0  # starts that took longer, as the host was busy, and were repeated
    troubles: list[str] = field(default_factory=list)

    def live(self, cuts: int) -> None:
        masks = () if LONG else tuple(f"systemd.mask={one}" for one in QUIET)
        for _ in range(cuts):
            guest = self.boot(self.disk, arguments=masks)
            try:
                if self.chance.random() < WHILE_STARTING:
                    time.sleep(self.chance.uniform(0.0, STARTS))
                else:
                    self.look_around(guest.up())
                    self.learn(guest)
            finally:
                guest.cut_power()
        with self.boot(self.disk, arguments=masks) as guest:
            self.look_around(guest)

    def look_around(self, guest: Guest) -> None:
        """After a cut: the switch works, and nothing is forgotten."""
        program = guest.put(INSIDE / "first_flip.py")
        took = float(guest.check(f"python3 {program}", 120.0).split()[1])
        for _ in range(TRIES):
            if took <= SWITCH_WORKS:
                break
            self.late += 1
            before = guest.starved()
            guest.check("systemctl restart lamp-operator")
            took = float(guest.check(f"python3 {program}", 120.0).split()[1])
            took -= min(took, guest.starved() - before)
        self.follows.append(took)
        guest.well("anticipator")
        guest.check("mountpoint -q /var/lib/lamp")
        files = guest.check("ls /var/lib/lamp")
        if "damaged" in files:
            self.troubles.append(f"the diary was set aside: {files}")
        known = set(guest.check(KNOWN).splitlines())
        self.troubles += [f"{each} is forgotten" for each in sorted(self.written - known)]

    def learn(self, guest: Guest) -> None:
        """Exchanges and flips until the plug is pulled, at any moment after the first of them."""
        guest.check("chmod 666 /dev/ttyS1")
        teach = guest.put(INSIDE / "teach.py")
        guest.check(f"{AS_LAMP} {teach} >/dev/null 2>/run/teach.log & disown; true")
        guest.told.settimeout(60.0)
        heard = guest.told.recv(4096)
        until = time.monotonic() + self.chance.uniform(0.0, LONGEST)
        while (left := until - time.monotonic()) > 0:
            guest.told.settimeout(left)
            try:
                heard += guest.told.recv(4096)
            except TimeoutError:
                break
        guest.cut_power()
        for line in heard.decode().splitlines(keepends=True):
            if line == "LOST\n":
                self.troubles.append("a flip did not reach the diary")
            elif line.endswith("\n"):
                self.written.add(line.strip())


@pytest.mark.timeout(60 + 60 * CUTS)
def test_no_power_cut_loses_what_was_learned_and_the_switch_works_at_once(
    boot: Boot, tmp_path: Path
) -> None:
    seed = int(os.environ.get("LAMP_HIL_SEED", "0")) or random.randrange(1, 1 << 30)
    lives = [
        Life(boot, cache.empty_disk(tmp_path / f"disk{number}"), random.Random(seed + number))
        for number in range(LINES)
    ]
    with ThreadPoolExecutor(LINES) as pool:
        for done in [pool.submit(life.live, CUTS // LINES) for life in lives]:
            done.result()
    flips, labels = (
        sum(each.startswith(kind) for life in lives for each in life.written)
        for kind in ("flip", "label")
    )
    follows = sorted(each for life in lives for each in life.follows)
    print(
        f"seed {seed}: {CUTS // LINES * LINES} power cuts, {flips} flips and {labels} labels"
        " were written down, none may be lost;"
        f" operator's start to relay: median {follows[len(follows) // 2]:.2f} s,"
        f" longest {follows[-1]:.2f} s, {sum(life.late for life in lives)} were repeated"
    )
    assert [trouble for life in lives for trouble in life.troubles] == []
    assert min(flips, labels) >= CUTS // 2  # else nothing was at stake
    assert follows[-1] <= SWITCH_WORKS
