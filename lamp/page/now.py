"""How the lamp is now, from what its processes last said of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lamp.config import Names
from lamp.messages import State
from lamp.runtime.heartbeat import Health
from lamp.runtime.processes import PROCESSES, hung_after

#: What each process is to somebody who never heard of processes.
PARTS = {
    "operator": "the switch and the lamp",
    "recorder": "the ear",
    "transcriber": "from sound to letters",
    "anticipator": "deciding, and the diary",
    "trainer": "learning",
}


@dataclass(frozen=True)
class Part:
    """One process, in plain words."""

    name: str
    what: str
    well: bool
    says: str


@dataclass(frozen=True)
class Now:
    """What the top of the page shows.

    state: None where the operator does not say.
    """

    state: State | None
    state_name: str
    muted: bool
    frozen: bool
    hears: str
    parts: tuple[Part, ...]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return all(part.well for part in self.parts)


def now(healths: Mapping[str, Health], monotonic: float, names: Names) -> Now:
    """The lamp at ``monotonic`` s of the machine's clock."""
    parts = tuple(_part(name, healths.get(name), monotonic) for name in PROCESSES)
    up = {part.name for part in parts if _runs(healths.get(part.name), monotonic)}
    said = healths["operator"].facts.get("lamp") if "operator" in up else None
    state: State | None = said if said in ("lit", "dark") else None
    muted = "recorder" in up and healths["recorder"].facts.get("muted") is True
    name = names.of(state) if state else "nobody knows: the switch's process does not answer"
    frozen = "anticipator" in up and healths["anticipator"].facts.get("frozen") is True
    return Now(state, name, muted, frozen, _hears(up, muted), parts)


def _hears(up: set[str], muted: bool) -> str:
    if not {"recorder", "transcriber", "anticipator"} <= up:
        return "It is just a switch for now, and does not listen."
    return "It is muted: it does not listen." if muted else "It listens."


def _part(name: str, health: Health | None, now: float) -> Part:
    what = PARTS[name]
    if health is None:
        return Part(name, what, False, "does not run")
    trouble = str(health.facts.get("trouble") or "")
    if not _runs(health, now):
        error = str(health.facts.get("error") or "")
        return Part(name, what, False, f"does not run. {error}".strip())
    return Part(name, what, not trouble, trouble or health.state)


def _runs(health: Health | None, now: float) -> bool:
    # A beat from the future is from before the machine's last start.
    return health is not None and health.alive and 0 <= health.age(now) < hung_after(health.name)
