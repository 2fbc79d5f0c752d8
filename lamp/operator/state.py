"""What the operator remembers over a restart: a file of one line, and what to make of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from lamp.messages import State, opposite
from lamp.runtime.files import write_whole

LONG_AGO = -1e18  # s, before any time of any clock


@dataclass(frozen=True)
class LastState:
    """The lamp as it was left.

    Times are on the lamp's clock, which starts anew with the machine: they mean something
    only while ``boot`` is the machine's.
    """

    state: State
    boot: str = ""  # which start of the machine this was written in
    flipped: float = LONG_AGO  # s, the last flip
    directive: str = ""  # id of the directive that brought the lamp to this state
    obeyed: float = LONG_AGO  # s, when it did
    contact: str = ""  # a latching switch's pin and position then; empty: not to be compared


def recall(path: Path) -> LastState | None:
    """What ``path`` says; None where it says nothing sensible.

    Raises:
        OSError: it exists but cannot be read.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        tree: dict[str, Any] = json.loads(raw)
        last = LastState(
            state=tree["state"],
            boot=str(tree["boot"]),
            flipped=float(tree["flipped"]),
            directive=str(tree["directive"]),
            obeyed=float(tree["obeyed"]),
            contact=str(tree.get("contact", "")),  # early versions did not write it
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return last if last.state in ("lit", "dark") else None


def remember(path: Path, last: LastState) -> None:
    """Write ``last`` to ``path``.

    Raises:
        OSError: the disk is full, read-only or gone.
    """
    write_whole(path, json.dumps(asdict(last)))


def starting_state(
    last: LastState | None,
    boot: str,
    found: State | None,
    after_power_loss: Literal["previous", "on", "off"],
    contact: str = "",
) -> LastState:
    """What to start with, so that a restart of the operator alone changes nothing.

    Args:
        last: what was remembered, if anything.
        boot: this start of the machine.
        found: what the relay was being driven to when the operator came, if it was.
        after_power_loss: what the owner wants after the machine itself was off.
        contact: pin and position of a latching switch now; empty: none of that kind.

    A latching switch that was moved meanwhile was flipped. After a power loss that is heeded
    here, where the owner wants the lamp as it was. Where only the operator was gone, the
    result's ``contact`` is the old one, and who sees that it differs makes it a flip.
    """
    moved = last is not None and _moved(last.contact, contact)
    if last is not None and last.boot == boot:
        # Only the operator was gone. The relay knows better than the file, which is written
        # a moment after each change. If they differ, the file's cause is out of date too.
        if found is None or found == last.state:
            return last if moved else replace(last, contact=contact)
        return LastState(found, boot, last.flipped, contact=contact)
    if last is None and found is not None:
        return LastState(found, boot, contact=contact)
    previous: State = "dark" if last is None else last.state
    if moved:
        previous = opposite(previous)
    wanted: dict[str, State] = {"previous": previous, "on": "lit", "off": "dark"}
    return LastState(wanted[after_power_loss], boot, contact=contact)


def _moved(before: str, now: str) -> bool:
    """Whether a switch on the same pin is in another position."""
    return before != now and before.split(" ", maxsplit=1)[0] == now.split(" ", maxsplit=1)[0]
