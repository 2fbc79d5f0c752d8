"""A process of the lamp, as the supervisor sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol

from lamp.runtime.entry_point import SUPERVISED
from lamp.runtime.heartbeat import PIPE


class Child(Protocol):
    """What a supervisor needs of a process; ``subprocess.Popen`` has it."""

    pid: int

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""

    def beaten(self) -> bool:
        """Whether it has given a sign of life since this was last asked."""

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""

    def kill(self) -> None:
        """End it (SIGKILL), even when it is stopped."""


#: Politeness (nice) of those that can wait: a refit never takes time from hearing.
NICE = {"trainer": 15, "page": 10, "mqtt": 10}

#: Starts the process of a name with a configuration file.
Spawn = Callable[[str, Path], Child]


def spawn_process(
    name: str, config_file: Path, output: IO[bytes] | None = None, package: str = "lamp"
) -> Child:
    """``python -m lamp.NAME CONFIG_FILE``, which ends when this process does.

    It reads the end of its standard input when the supervisor dies, however that dies: the
    kernel closes the other end of the pipe. A session of its own keeps Ctrl-C in a terminal
    from ending the operator before the others.

    Args:
        name: of the process.
        config_file: for it to read.
        output: where its log goes; None: to this process's standard error.
        package: where its module lies.
    """
    signs, told = os.pipe()
    os.set_blocking(signs, False)
    os.set_blocking(told, False)  # a supervisor that stands still holds up nobody
    try:
        child = _Process(
            [sys.executable, "-m", f"{package}.{name}", str(config_file)],
            stdin=subprocess.PIPE,
            stdout=output if output is not None else sys.stderr.fileno(),
            stderr=output,
            env={**os.environ, SUPERVISED: "1", PIPE: str(told)},
            pass_fds=(told,),
            start_new_session=True,
        )
    except BaseException:
        os.close(signs)
        raise
    finally:
        os.close(told)
    child.signs = signs
    os.setpriority(os.PRIO_PROCESS, child.pid, NICE.get(name, 0) + os.nice(0))
    return child


class _Process(subprocess.Popen[bytes]):
    """Closes its ends of the pipes when the process has ended, and not some time later."""

    signs: int | None = None  # where its heartbeats come from

    def poll(self) -> int | None:
        """See :class:`Child`."""
        status = super().poll()
        if status is not None and self.stdin is not None:
            self.stdin.close()
        if status is not None and self.signs is not None:
            os.close(self.signs)
            self.signs = None
        return status

    def beaten(self) -> bool:
        """See :class:`Child`."""
        if self.signs is None:
            return False
        try:
            return bool(os.read(self.signs, 1 << 16))
        except BlockingIOError:
            return False
