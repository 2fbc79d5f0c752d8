"""``lamp run --simulate``: the lamp drawn in the terminal, the space bar as its switch."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TextIO

from lamp.clock import LiveClock
from lamp.config import Config, Names
from lamp.mailbox import Mailbox
from lamp.messages import (
    Decided,
    Labelled,
    LampChanged,
    Message,
    State,
    SwitchMoved,
)
from lamp.owner.explain import explain_reason
from lamp.runtime.heartbeat import read_health
from lamp.runtime.log_file import rotate
from lamp.runtime.paths import runtime_directory
from lamp.simulate.drawing import Screen
from lamp.simulate.keys import Keys
from lamp.supervisor import Supervisor, spawn_process

TICK = 0.05  # s between two looks at keys and mail
STATUS_EVERY = 1.0  # s


def run_in_terminal(
    config: Config, keyboard: TextIO | None = None, out: TextIO | None = None
) -> int:
    """Be a lamp until q, Ctrl-C or SIGTERM; the exit status.

    Args:
        config: with simulated pins.
        keyboard: where keys come from; a pipe will do. None: standard input.
        out: where the lamp is drawn; None: standard output.
    """
    clock = LiveClock()
    log_file = runtime_directory(config) / "lamp.log"
    log_file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    with (
        log_file.open("ab") as log,
        logged_to(log_file),
        Supervisor(config, clock, partial(spawn_process, output=log)) as supervisor,
        Keys(keyboard or sys.stdin) as keys,
        told_to_end() as told,
    ):
        mailbox = Mailbox(runtime_directory(supervisor.config), "observer")
        try:
            lamp = TerminalLamp(
                Screen(out or sys.stdout, keys.keyboard), mailbox.send, clock.now, config.names
            )
            lamp.say(f"Space moves the switch, q ends. The log: {log_file}")
            _live(lamp, supervisor, keys, mailbox, told, log_file)
        finally:
            mailbox.close()
    return 0


class TerminalLamp:
    """What is shown, and what a key does.

    Args:
        screen: draws.
        send: takes (recipient, message).
        now: seconds on the lamp's clock.
        names: of the two states.
    """

    def __init__(
        self,
        screen: Screen,
        send: Callable[[str, Message], None],
        now: Callable[[], float],
        names: Names | None = None,
    ) -> None:
        """Draw a lamp that is dark until the operator says otherwise."""
        self.over = False
        self._screen = screen
        self._send = send
        self._now = now
        self._names = names or Names()
        self._state: State = "dark"
        self._status = "starting"
        self._troubles: dict[str, str] = {}

    @property
    def state(self) -> State:
        """Whether it is lit."""
        return self._state

    def key(self, key: str) -> None:
        """The space bar moves the switch, q ends; others do nothing."""
        if key == " ":
            self._send("operator", SwitchMoved(self._now()))
        elif key in ("q", "Q"):
            self.over = True

    def hear(self, message: Message) -> None:
        """A process says something."""
        match message:
            case LampChanged():
                self._state = message.state
                by = {"start": "at the start", "switch": "by the switch", "directive": "by itself"}
                self.say(f"{self._names.of(message.state)}, {by[message.cause]}")
            case Decided():
                why = explain_reason(message.reason, message.action != "none", self._names)
                self.say(f"heard “{message.text:.60}”")
                self.say(f"  {why}")
            case Labelled(source="flip" | "correction"):
                meaning = "talk" if message.label == "none" else self._names.of(message.label)
                self.say(f"a lesson: “{message.text}” means {meaning}")

    def trouble(self, name: str, line: str) -> None:
        """Say what is wrong with a process, once."""
        if self._troubles.get(name, "") != line:
            self._troubles[name] = line
            self.say(f"{name}: {line}" if line else f"{name} is well again")

    def status(self, line: str) -> None:
        """What stands below the lamp."""
        if line != self._status:
            self._status = line
            self._screen.draw(self._state, line)

    def say(self, line: str) -> None:
        """A line above the lamp."""
        self._screen.say(line, self._state, self._status)


def _live(
    lamp: TerminalLamp,
    supervisor: Supervisor,
    keys: Keys,
    mailbox: Mailbox,
    told: list[int],
    log_file: Path,
) -> None:
    status_at = 0.0
    while not lamp.over and not told:
        for key in keys.pressed(TICK):
            lamp.key(key)
        while (delivery := mailbox.get(timeout=0.0)) is not None:
            lamp.hear(delivery.message)
            delivery.ack()
        supervisor.look()
        if time.monotonic() >= status_at:
            status_at = time.monotonic() + STATUS_EVERY
            rotate(log_file)
            for name, process in supervisor.processes.items():
                lamp.trouble(name, process.last_error)
            lamp.status(status_line(Path(supervisor.config.places.runtime), supervisor))


def status_line(runtime: Path, supervisor: Supervisor) -> str:
    """How the microphone and the learning side are, on one line."""
    if supervisor.just_a_switch:
        return "just a switch: the learning side does not run (lamp doctor says why)"
    health = read_health(runtime)
    if "recorder" not in health or "recorder" not in supervisor.pids:
        return "not listening yet"
    facts = health["recorder"].facts
    if facts.get("state") not in ("listening", "muted"):
        return "not listening yet"
    heard = health["anticipator"].facts.get("heard", 0) if "anticipator" in health else 0
    return f"{facts['state']} at {facts.get('level_db', '?')} dB, {heard} heard"


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Into a file: what the supervisor logs would be written across the lamp."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s supervisor: %(message)s"))
    logger = logging.getLogger("lamp")
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
        handler.close()


@contextmanager
def told_to_end() -> Iterator[list[int]]:
    """A list that fills when SIGINT (Ctrl-C) or SIGTERM comes."""
    told: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        told.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
