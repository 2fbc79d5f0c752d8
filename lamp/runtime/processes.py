"""The processes: their names, what each says of itself, and how long one may be silent.

Five are a lamp. The others look at it from outside, and only where lamp.yaml wants them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from lamp.config import Config

ProcessName = Literal["operator", "recorder", "transcriber", "anticipator", "trainer"]
OptionalName = Literal["page", "mqtt"]

#: What a process says of itself in its heartbeat. The last two are a supervisor's.
HealthState = Literal[
    "starting",  # before its own code runs
    "loading",  # a model, which takes a while
    "working",  # the operator: switch and lamp are in its hands
    "listening",
    "overloaded",  # hears, but not everything, or not in time to act on it
    "muted",  # listens to nobody, because the owner wants it so
    "waiting",  # the trainer, for labels
    "learning",
    "serving",  # the page and MQTT, to whoever asks
    "finished",  # it has done all there was to do
    "stopped",  # it was told to end
    "failed",
    "lamp",
    "just a switch",
]

PROCESSES: tuple[ProcessName, ...] = get_args(ProcessName)
#: Without which a lamp is whole; they start last.
OPTIONAL: tuple[OptionalName, ...] = get_args(OptionalName)
#: All that a lamp needs beyond being a switch.
LEARNING_SIDE = tuple(name for name in PROCESSES if name != "operator")
#: Whoever is written to starts before those who write to it.
START_ORDER: tuple[ProcessName, ...] = (
    "operator",
    "anticipator",
    "trainer",
    "transcriber",
    "recorder",
)
#: Who writes into the state directory, each under a lock of its own. "lamp" is a supervisor.
WRITERS = ("lamp", "operator", "anticipator", "trainer")
NOT_READY: tuple[HealthState, ...] = ("starting", "loading")

#: Seconds without a heartbeat after which a process is taken to hang: by the supervisor, which
#: kills it, by ``lamp status`` and by the LED. A board's systemd/*.service say the same under
#: WatchdogSec, and a test compares them.
HUNG_AFTER: Mapping[ProcessName | OptionalName, float] = MappingProxyType(
    {
        "operator": 5.0,  # it does nothing that takes time
        "recorder": 20.0,  # a sound card that is plugged in anew
        "transcriber": 30.0,  # a long utterance on a slow board
        "anticipator": 60.0,  # catching up with the diary, or a disk that is busy
        "trainer": 900.0,  # it beats within a refit, but is given only what the others leave
        "page": 60.0,  # it beats seldom, to need no processor while nobody looks
        "mqtt": 60.0,  # a broker may be slow, but a thread of its own waits for it
    }
)
_OTHERS = 20.0  # s, for views, demos and supervisors


def start_order(config: Config) -> tuple[str, ...]:
    """The processes of the lamp that ``config`` describes, in the order of starting."""
    wanted = {"page": config.page.enabled, "mqtt": config.mqtt.enabled}
    return (*START_ORDER, *(name for name in OPTIONAL if wanted[name]))


def hung_after(name: str) -> float:
    """Seconds without a heartbeat after which the process ``name`` is taken to hang."""
    return next((patience for process, patience in HUNG_AFTER.items() if process == name), _OTHERS)
