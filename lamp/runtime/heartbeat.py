"""How the processes are: one small file each, for the supervisor and ``lamp status``."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from lamp.clock import Clock
from lamp.errors import MailboxError
from lamp.runtime.files import write_whole
from lamp.runtime.private import own_directory
from lamp.runtime.processes import NOT_READY, HealthState
from lamp.runtime.systemd import Systemd

PIPE = "LAMP_HEARTBEAT"  # in the environment: the number of the supervisor's descriptor
EVERY = 1.0  # s between two writes at the most

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Health:
    """What a process last said of itself."""

    name: str
    pid: int
    since: str  # wall clock at its start, ISO 8601
    beat: float  # s, machine's monotonic clock, of all processes alike
    at: float  # s, lamp's clock
    facts: dict[str, Any]

    def age(self, now: float) -> float:
        """Seconds from the last beat to ``now`` on the machine's monotonic clock."""
        return now - self.beat

    @property
    def state(self) -> str:
        """A :data:`HealthState`, in this version; empty before it has said so."""
        return str(self.facts.get("state", ""))

    @property
    def alive(self) -> bool:
        """Whether a process of that number exists."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True  # somebody else's, as when root's lamp is looked at
        return True


class Heartbeat:
    """Writes the health of one process.

    Args:
        directory: the runtime directory; where it is not ours alone, nothing is written.
        name: of the process.
        clock: the lamp's clock.
        monotonic: the machine's clock in seconds, which goes on in a replay.
        systemd: is told the same, where it started the process.
        pipe: a descriptor on which a supervisor waits for a byte with every beat, if it does.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        systemd: Systemd | None = None,
        pipe: int | None = None,
    ) -> None:
        self._directory = directory
        self._pipe = pipe
        self._path = directory / "health" / f"{name}.json"
        self._name = name
        self._clock = clock
        self._monotonic = monotonic
        self._systemd = systemd or Systemd({})
        self._since = clock.wall().isoformat(timespec="seconds")
        self._state: HealthState | Literal[""] = ""
        self._facts: dict[str, Any] = {}
        self._next = float("-inf")
        self._troubled = False

    def beat(self, state: HealthState | None = None, **facts: Any) -> None:
        """Alive, and these facts (plain JSON) are new. Cheap: written once a second at most.

        A disk that cannot be written is logged once and never raises.
        """
        self._note(state, facts)
        if self._state not in NOT_READY:
            self._systemd.ready()
        now = self._monotonic()
        if now >= self._next:
            self._next = now + EVERY
            self._systemd.alive(self._state)
            if self._pipe is not None:
                with contextlib.suppress(OSError):  # it is full, or the supervisor is gone
                    os.write(self._pipe, b".")
            self._write(now)

    def last(self, state: HealthState, **facts: Any) -> None:
        """The same, written at once: the process is about to end."""
        self._note(state, facts)
        self._write(self._monotonic())

    def _note(self, state: HealthState | None, facts: dict[str, Any]) -> None:
        if state is not None:
            self._state = state
            self._facts["state"] = state
        self._facts.update(facts)

    def _write(self, now: float) -> None:
        report = {
            "name": self._name,
            "pid": os.getpid(),
            "since": self._since,
            "beat": now,
            "at": self._clock.now(),
            "facts": self._facts,
        }
        try:
            own_directory(self._directory)
            write_whole(self._path, json.dumps(report), durable=False)
        except (MailboxError, OSError) as error:
            if not self._troubled:
                log.warning("cannot write %s: %s", self._path, error)
            self._troubled = True
        else:
            self._troubled = False


def supervisors_pipe(environ: Mapping[str, str]) -> int | None:
    """The descriptor on which a supervisor waits for heartbeats; None if none does."""
    number = environ.get(PIPE, "")
    return int(number) if number.isdecimal() else None


def read_health(directory: Path) -> dict[str, Health]:
    """What every process under the runtime directory last said, by name."""
    found = {}
    for path in sorted((directory / "health").glob("*.json")):
        health = read_one(directory, path.stem)
        if health is not None:
            found[path.stem] = health
    return found


def read_one(directory: Path, name: str) -> Health | None:
    """What the process ``name`` last said; None if nothing that can be read."""
    try:
        report = json.loads((directory / "health" / f"{name}.json").read_text())
        return msgspec.convert(report, Health)
    except (OSError, ValueError):
        return None
