"""Every attack by its name, and how one of them is run."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from tests.siege import board, damage, deaths, disk, year

#: The longest first: two at a time are run, on a core each.
ATTACKS = {
    "year": year.attack,
    "deaths": deaths.attack,
    "disk": disk.attack,
    "damage": damage.attack,
    "board": board.attack,
}
Row = tuple[str, str, bool]  # what was done, what was found, and whether that is as promised


def run(name: str, scale: float, seed: int) -> list[Row]:
    """One attack, in a folder of its own."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="siege-") as folder:
        os.environ["XDG_STATE_HOME"] = folder  # nothing is left in the home of who attacks
        rows = ATTACKS[name](Path(folder), scale, seed)
    print(f"{name}: {time.monotonic() - began:.0f} s", *map(told, rows), sep="\n", flush=True)
    return rows


def told(row: Row) -> str:
    """A line of the table."""
    attack, figures, held = row
    return f"| {attack} | {figures} | {'yes' if held else '**NO**'} |"
