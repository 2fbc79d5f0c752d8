"""A Debian machine in one process: a User-Mode Linux kernel, a disk image, a line to its agent."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.hil.machine import room_for, set_niceness

HERE = b"bench: here\n"
ANSWER = b"bench: "
SOON = -10  # niceness, if this may; behind the machines in which milliseconds are measured
MEMORY = 512  # MiB, as much as the smallest board has
BOOT = 240.0  # s a busy machine may take to start Debian
LOOK_EVERY = 0.5  # s; oftener, and the trainer, which runs when nobody else does, would never run
LONGEST_LINE = 4000  # bytes; a serial line that had to be throttled hears nothing any more
PIECE = 1500  # bytes of a file at a time


class GuestError(Exception):
    """The guest does not do what it was asked to."""


@dataclass(frozen=True)
class Done:
    """What became of a command in the guest."""

    status: int
    output: str  # standard output and error


class Guest:
    """Running from construction until :meth:`off` or :meth:`cut_power`.

    Args:
        kernel: a User-Mode Linux kernel.
        root: ext4 image of its root file system.
        log: where its console goes.
        state: ext4 image for /var/lib/lamp.
        keep: changes to the root are written to the image; else the root is read-only, with
            /var in memory, as on a flashed card.
        arguments: more for the kernel's command line.
    """

    def __init__(
        self,
        kernel: Path,
        root: Path,
        log: Path,
        state: Path | None = None,
        keep: bool = False,
        arguments: tuple[str, ...] = (),
    ) -> None:
        self._log = log
        self._state = state
        self._line, theirs = socket.socketpair()
        #: The other end of /dev/ttyS1 in the guest, for what a test wants to be told at once.
        self.told, tells = socket.socketpair()
        number, second = theirs.fileno(), tells.fileno()
        disks = [f"ubd0={root}" if keep else f"ubd0r={root}"]
        disks += [f"ubd1={state}"] if state is not None else []
        volatile = ["rw"] if keep else ["ro", "systemd.volatile=state"]
        command = [
            str(kernel),
            *disks,
            "root=/dev/ubda",
            *volatile,
            f"mem={MEMORY}M",
            "quiet",
            "panic=1",
            f"uml_dir={log.parent}",  # else it wants a home
            "gpio_sim.wired=1",
        ]
        command += ["con=null", "con0=null,fd:1", f"ssl0=fd:{number},fd:{number}"]
        command += [f"ssl1=fd:{second},fd:{second}", *arguments]
        with log.open("ab") as console:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env={**os.environ, **room_for(MEMORY)},
                pass_fds=(number, second),
                start_new_session=True,
            )
        own = os.getpriority(os.PRIO_PROCESS, 0)
        set_niceness(self.process.pid, own if own > 0 else SOON)  # above 0: it is done on the side
        theirs.close()
        tells.close()
        self._heard = b""
        self.pid = self.process.pid

    def up(self, timeout: float = BOOT) -> Self:
        """Wait until the agent answers."""
        self._await(HERE, timeout)
        return self

    def run(self, command: str, timeout: float = 60.0) -> Done:
        """What ``command`` printed in the guest, where bash ran it as root."""
        self._ask(command, timeout)
        answer = self._await(ANSWER, timeout + 10.0)
        found = json.loads(base64.b64decode(answer))
        return Done(found["status"], found["output"])

    def check(self, command: str, timeout: float = 60.0) -> str:
        """The same, where it has to succeed; what it printed.

        Raises:
            GuestError: it failed.
        """
        done = self.run(command, timeout)
        if done.status != 0:
            raise GuestError(f"{command!r} ended with {done.status}: {done.output}")
        return done.output.strip()

    def until(self, command: str, timeout: float = 30.0) -> float:
        """Run ``command`` again and again until it succeeds; the seconds it took to.

        Raises:
            GuestError: it did not in ``timeout`` seconds.
        """
        began = time.monotonic()
        while (done := self.run(command, timeout)).status != 0:
            if time.monotonic() - began > timeout:
                raise GuestError(f"not in {timeout:g} s: {command!r}, it says: {done.output}")
            time.sleep(LOOK_EVERY)
        return time.monotonic() - began

    def put(self, program: Path) -> str:
        """Copy a small file into the guest; where it lies there, readable by everyone."""
        place, text = f"/run/{program.name}", program.read_bytes()
        self.check(f"install -m 644 /dev/null {place}")
        for begin in range(0, len(text), PIECE):
            piece = base64.b64encode(text[begin : begin + PIECE]).decode()
            self.check(f"echo {piece} | base64 -d >>{place}")
        return place

    def well(self, *processes: str, timeout: float = 180.0) -> None:
        """Wait until systemd calls all these ``processes`` of the lamp active.

        Raises:
            GuestError: one is not, in ``timeout`` seconds.
        """
        units = " ".join(f"lamp-{process}" for process in processes)
        self.until(f"! systemctl is-active {units} | grep -vqx active", timeout)

    def starved(self) -> float:
        """Seconds that what runs now in the guest has waited for a processor of the host."""
        total = 0
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError, ValueError):
                group = (place / "stat").read_text().rpartition(")")[2].split()[2]
                if int(group) == self.pid:
                    total += int((place / "schedstat").read_text().split()[1])
        return total / 1e9

    def cut_power(self) -> None:
        """As if the plug were pulled: what the guest has not brought to its disk is lost."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        if self._state is not None:  # a thread of the dead machine may hold it for a moment more
            with self._state.open("r+b") as disk:
                fcntl.lockf(disk, fcntl.LOCK_EX)
        self._line.close()
        self.told.close()

    def off(self, timeout: float = 30.0) -> None:
        """Shut down in good order."""
        self._ask("sleep 0.2; systemctl poweroff", timeout)  # there may be nobody left to answer
        try:
            self.process.wait(timeout)
        finally:
            self.cut_power()

    def __enter__(self) -> Self:
        """Up."""
        try:
            return self.up()
        except BaseException:
            self.cut_power()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Off, whatever it does."""
        self.cut_power()

    def _ask(self, command: str, timeout: float) -> None:
        asked = json.dumps({"command": command, "timeout": timeout}).encode()
        line = base64.b64encode(asked) + b"\n"
        if len(line) > LONGEST_LINE:
            raise GuestError(f"too long for the serial line: {command[:60]!r}...")
        self._line.sendall(line)

    def _await(self, beginning: bytes, timeout: float) -> bytes:
        """The rest of the first line that begins so."""
        until = time.monotonic() + timeout
        while True:
            while b"\n" in self._heard:
                line, _, self._heard = self._heard.partition(b"\n")
                line = line.replace(b"\r", b"") + b"\n"
                if line.startswith(beginning):
                    return line[len(beginning) :].strip()
            ready, _, _ = select.select([self._line], [], [], max(0.0, until - time.monotonic()))
            piece = self._line.recv(65536) if ready else b""
            if not piece:
                tail = self._log.read_text(errors="replace")[-2000:]
                raise GuestError(f"the guest does not answer. Its console ends with:\n{tail}")
            self._heard += piece
