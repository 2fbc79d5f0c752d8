"""A level meter in one line of 79 characters, so that no terminal wraps it.

>>> facts = {"level_db": -30.0, "loudest_db": -12.0, "floor_db": -60.0, "speaking": True}
>>> print(line(facts))
 -30 dB [--------------:###############        !      ] room  -60 dB  voice
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCALE = 45  # characters
QUIETEST = -90.0  # dB, at the left end; 2 dB a character
WIDTH = 79
DEAD = 3.0  # s of zeros after which that is said


def line(facts: Mapping[str, Any]) -> str:
    """The recorder's ``facts``: ``-`` up to the room, ``#`` above it, ``!`` at the loudest."""
    level, floor, loudest = (_place(facts[key]) for key in ("level_db", "floor_db", "loudest_db"))
    bar = [*("-" * min(level, floor)), *("#" * max(0, level - floor))]
    bar += " " * (SCALE - len(bar))
    bar[max(0, loudest - 1)] = "!"
    if 0 < floor <= SCALE:
        bar[floor - 1] = ":"
    state = "voice" if facts["speaking"] else ""
    if facts.get("dead_seconds", 0.0) >= DEAD:
        state = "no sound"
    shown = (
        f"{facts['level_db']:4.0f} dB [{''.join(bar)}] room {facts['floor_db']:4.0f} dB  {state}"
    )
    return shown[:WIDTH].rstrip()


def _place(level: float) -> int:
    """How many characters long ``level`` dB is."""
    return min(SCALE, max(0, round((level - QUIETEST) / -QUIETEST * SCALE)))
