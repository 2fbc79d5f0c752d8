"""A lamp of five real processes, and a hand at its switch."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from lamp.clock import LiveClock
from lamp.config import Config
from lamp.mailbox import Mailbox
from lamp.messages import LampChanged, Message
from lamp.runtime.paths import runtime_directory
from lamp.runtime.processes import PROCESSES
from lamp.simulate.demo import demo_config
from lamp.simulate.process_lamp import ProcessLamp
from lamp.simulate.room import Room
from lamp.supervisor import Supervisor, spawn_process

LEARNING_SIDE = ("recorder", "transcriber", "anticipator", "trainer")


class Rig:
    """The processes, and the house's end of their mail."""

    def __init__(self, supervisor: Supervisor, mailbox: Mailbox) -> None:
        self.supervisor = supervisor
        self.told: list[Message] = []
        self.lamp = ProcessLamp(
            mailbox, self.told.append, patience=60.0
        )  # s; the machine may be busy
        self.room = Room(1)
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        """Let so much silence (or what was added to the room) be heard."""
        until = self.now + seconds
        self.lamp.hear(self.room.sound(self.now, until), self.now, until)
        self.now = until

    def flip(self) -> float:
        """Wall-clock seconds that the lamp took to follow the switch, in the house's eyes."""
        before, began = self.lamp.state, time.monotonic()
        self.lamp.flip(self.now)
        assert self.lamp.state != before
        return time.monotonic() - began

    def changes(self) -> list[LampChanged]:
        return [message for message in self.told if isinstance(message, LampChanged)]

    def until(self, come: Callable[[], bool], seconds: float = 30.0) -> None:
        """Look after the processes until ``come`` is true."""
        deadline = time.monotonic() + seconds
        while not come():
            assert time.monotonic() < deadline, "it did not come"
            self.supervisor.look()
            time.sleep(0.02)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return demo_config(Config(), tmp_path, seed=1)


@pytest.fixture
def rig(config: Config, tmp_path: Path) -> Iterator[Rig]:
    with (tmp_path / "lamp.log").open("wb") as log:
        supervisor = Supervisor(config, LiveClock(), partial(spawn_process, output=log))
        with supervisor:
            mailbox = Mailbox(runtime_directory(supervisor.config), "observer", 4096)
            rig = Rig(supervisor, mailbox)
            try:
                rig.until(lambda: len(supervisor.pids) >= len(PROCESSES))
                assert rig.lamp.wait_until_awake(60.0), (tmp_path / "lamp.log").read_text()
                yield rig
            finally:
                mailbox.close()
                for name in LEARNING_SIDE:  # a stopped process cannot end
                    child = supervisor.processes[name].child
                    if child is not None and child.poll() is None:
                        os.kill(child.pid, signal.SIGCONT)
