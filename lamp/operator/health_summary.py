"""How the lamp is, in one word for its LED: read from what the processes last said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from lamp.runtime.heartbeat import Health
from lamp.runtime.processes import LEARNING_SIDE, hung_after

Summary = Literal["asleep", "listening", "muted", "learning", "trouble"]

WAKING = 60.0  # s after the operator's start in which the others need not be there yet


def muted(healths: Mapping[str, Health]) -> bool:
    """Whether the recorder says that it does not listen."""
    recorder = healths.get("recorder")
    return recorder is not None and recorder.facts.get("muted") is True


def summarise(healths: Mapping[str, Health], now: float, started: float) -> Summary:
    """How the lamp is.

    Args:
        healths: of the processes, by name.
        now: s, the machine's monotonic clock.
        started: s on the same clock, when the operator began.

    Trouble goes before all else, then being muted, because that is a promise to the owner.
    "asleep": the lamp does not listen yet, or any more, and nothing is wrong with that.
    """
    others = [healths.get(name) for name in LEARNING_SIDE]
    awake = [health for health in others if health is not None and _works(health, now)]
    if any(health.facts.get("trouble") for health in awake):
        return "trouble"
    if len(awake) < len(LEARNING_SIDE):
        failed = any(health is not None and health.state == "failed" for health in others)
        return "trouble" if failed or now - started > WAKING else "asleep"
    if muted(healths):
        return "muted"
    if healths["trainer"].state == "learning":
        return "learning"
    return "listening" if healths["recorder"].state == "listening" else "asleep"


def _works(health: Health, now: float) -> bool:
    # A beat from the future is from before the machine's last start.
    return health.alive and 0 <= health.age(now) < hung_after(health.name)
