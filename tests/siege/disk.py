"""The n-th operation of each process on its disk fails: see tests/faults."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

EVERY = 2  # at scale 1, each second operation


def attack(folder: Path, scale: float, seed: int) -> list[tuple[str, str, bool]]:
    """All lives of all processes; how many lost something that was promised."""
    del folder, seed  # it has folders of its own, and nothing random
    every = max(1, round(EVERY / scale))
    command = [sys.executable, "-m", "tests.faults", "--every", str(every)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    print(ran.stdout + ran.stderr, flush=True)
    lines = r"^(.+): (\d+) operations, (\d+) lives, (\d+) that lost"
    found = re.findall(lines, ran.stdout, re.MULTILINE)
    rows = [
        (
            f"{name}, each {every}. of {operations} operations fails",
            f"{lost} of {lives}",
            lost == "0",
        )
        for name, operations, lives, lost in found
    ]
    return [*rows, ("the same: ended well", f"status {ran.returncode}", ran.returncode == 0)]
