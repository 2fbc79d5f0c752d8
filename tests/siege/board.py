"""Diaries that are as large as they may be, and larger: what a small board has to carry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.diary.big import make_big_diary

START = """
import sys, time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from lamp import config
from lamp.anticipator.process import AnticipatorLoop
from lamp.clock import LiveClock
from tests.siege.refit import Nobody
loop = AnticipatorLoop(config.load(Path(sys.argv[1])), Nobody(), LiveClock(), Nobody())
listening, longest = time.process_time(), 0.0
while loop._behind:
    began = time.process_time()
    loop._behind = loop._anticipator.catch_up()
    longest = max(longest, time.process_time() - began)
told = time.process_time() - listening, 1000 * longest
print(getrusage(RUSAGE_SELF).ru_maxrss // 1024, listening, *told)
"""
MOST_MEMORY = 120  # MB
LONGEST_PIECE = 200  # CPU ms of catching up between two utterances
SIZES = (50_000, 200_000)


def attack(folder: Path, scale: float, seed: int) -> list[tuple[str, str, bool]]:
    """Memory of a refit, and a start without a model, by the size of the diary."""
    rows = []
    for size in SIZES:
        count = round(size * min(scale, 1.0))
        home = folder / str(size)
        (home / "state").mkdir(parents=True)
        make_big_diary(home / "state" / "diary.sqlite", count, seed)
        config = home / "lamp.json"
        places = f'{{"state": "{home}/state", "runtime": "{home}/run"}}'
        config.write_text(f'{{"places": {places}, "training": {{"budget": 20}}}}')
        memory, listening, rest, longest = _run("-c", START, str(config))
        held = memory <= MOST_MEMORY and longest <= LONGEST_PIECE
        told = f"{memory:.0f} MB, listens after {listening:.1f} s of CPU, knows all {rest:.1f} s"
        name = f"{count} exchanges, a start without a model"
        rows.append((name, f"{told} later, in pieces of {longest:.0f} ms at most", held))
        memory, took = _run("-m", "tests.siege.refit", str(config))
        name = f"{count} exchanges, a refit"
        rows.append((name, f"{memory:.0f} MB, {took:.1f} s of CPU", memory <= MOST_MEMORY))
    return rows


def _run(*arguments: str) -> list[float]:
    command = [sys.executable, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(number) for number in ran.stdout.split()]
