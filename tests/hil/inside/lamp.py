"""A real operator on the simulated pins, and the mailbox of the one who hears what it says."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from lamp.mailbox import Mailbox
from lamp.messages import LampChanged, Message
from lamp.runtime.heartbeat import Health, read_one
from tests.hil.inside.sim import MUTE, RELAY, SWITCH, Board, Switch

M = TypeVar("M", bound=Message)


def until(come: Callable[[], bool], seconds: float = 10.0, every: float = 0.002) -> None:
    """Wait for ``come`` to be true."""
    deadline = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(every)


class Operator:
    """``python -m lamp.operator`` on a simulated Le Potato.

    Args:
        folder: for its state, runtime directory and lamp.yaml.
        board: what it is wired to.
        pins: of lamp.yaml, as YAML without braces.
    """

    def __init__(self, folder: Path, board: Board, pins: str = "") -> None:
        self.folder = folder
        self.board = board
        self.relay = board.line(RELAY)
        self.switch = Switch(board.line(SWITCH))
        self.button = Switch(board.line(MUTE))
        self._mailboxes: list[Mailbox] = []
        self.mailbox = self.mailbox_of("anticipator")
        self.write_yaml(pins)
        self.process: subprocess.Popen[bytes] | None = None

    def write_yaml(self, pins: str) -> None:
        """Another lamp.yaml for the next start."""
        (self.folder / "lamp.yaml").write_text(
            f"places: {{state: {self.folder / 'state'}, runtime: {self.folder / 'runtime'}}}\n"
            f"pins: {{board: le-potato{', ' if pins else ''}{pins}}}\n"
        )

    def mailbox_of(self, name: str) -> Mailbox:
        """The mailbox of one of the others, who is not there; closed with this."""
        self._mailboxes.append(Mailbox(self.folder / "runtime", name))
        return self._mailboxes[-1]

    def start(self) -> float:
        """Start it; seconds until the switch worked."""
        self.drain()
        began = time.monotonic()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lamp.operator", str(self.folder / "lamp.yaml")], stderr=log
            )
        return self.hear(LampChanged).at - began

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit status."""
        assert self.process is not None
        self.relay.keep()
        self.process.send_signal(by)
        return self.process.wait(20)

    def log(self) -> str:
        """What it has written on standard error."""
        return (self.folder / "log").read_text()

    def hear(self, kind: type[M], timeout: float = 20.0) -> M:
        """The next message of a kind; others before it are dropped."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            delivery = self.mailbox.get(0.2)
            if delivery is not None:
                delivery.ack()
                if isinstance(delivery.message, kind):
                    return delivery.message
            assert self.process is None or self.process.poll() is None, self.log()
        raise AssertionError(f"no {kind.__name__}: {self.log()}")

    def drain(self, quiet: float = 0.0) -> list[Message]:
        """All that has been said, until nothing comes for ``quiet`` s."""
        said = []
        while (delivery := self.mailbox.get(quiet)) is not None:
            delivery.ack()
            said.append(delivery.message)
        return said

    def health(self) -> Health:
        """What it last said of itself."""
        health = read_one(self.folder / "runtime", "operator")
        assert health is not None
        return health

    def state_on_disk(self) -> str:
        """What its state file says."""
        try:
            return str(json.loads((self.folder / "state" / "operator.json").read_text())["state"])
        except (OSError, ValueError):
            return ""

    def close(self) -> None:
        """Kill it if it still runs, and hang up."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for mailbox in self._mailboxes:
            mailbox.close()


@contextlib.contextmanager
def spinning(count: int) -> Iterator[None]:
    """Processes that want all of the processor."""
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


@contextlib.contextmanager
def before_all_others() -> Iterator[None]:
    """This process, ahead even of the operator: for one who measures it."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
