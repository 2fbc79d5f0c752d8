"""Machines that boot in half a second: a User-Mode Linux kernel over the developer's own files.

The root file system is this one, read only; what a command writes into its job folder is seen
here as it is written. Nothing needs root, and nothing outside the job folder changes.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
BUILD = HERE / "kernel" / "build.sh"
FIRST = -15  # niceness
CONSOLE_LINES = 30  # of a machine that died, to be shown


class MachineFailed(Exception):
    """The machine did not come to its end; the message has the console's last lines."""


@dataclass(frozen=True)
class Kind:
    """What a machine is like. ``memory`` in MiB; ``arguments`` for its kernel.

    ``first``: milliseconds matter in it, so it goes first on this host if it may.
    """

    memory: int = 768
    arguments: tuple[str, ...] = ()
    first: bool = False
    time_travel: bool = False


#: All of them have the pins of a Le Potato to offer, and a loopback sound card. Those that count
#: milliseconds come first, and are booted first: a lamp that hears takes much of the processor.
KINDS: Mapping[str, Kind] = {
    "edges": Kind(arguments=("gpio_sim.wired=1",), first=True),
    "polled": Kind(arguments=("gpio_sim.wired=1", "gpio_sim.noirq=1"), first=True),
    "sound": Kind(arguments=("gpio_sim.wired=1", "gpio_sim.noirq=1"), memory=1536, first=True),
    "week": Kind(arguments=("gpio_sim.wired=1", "time-travel=inf-cpu"), time_travel=True),
}


def kernels() -> tuple[Path, Path]:
    """The plain kernel and the one with time travel.

    Raises:
        MachineFailed: they have not been built.
    """
    where = subprocess.run([BUILD, "--where"], capture_output=True, text=True, check=False)
    if where.returncode:
        raise MachineFailed(where.stderr.strip())
    plain, travels = where.stdout.split()
    return Path(plain), Path(travels)


class Machine:
    """A machine that is running ``command``, and then switches itself off.

    Args:
        kind: a name in KINDS.
        command: what it runs, in the repository.
        job: a folder for what comes and goes: `output`, `status`, `console`.
        environment: of the command, besides the machine's own.
    """

    def __init__(
        self, kind: str, command: Sequence[str], job: Path, environment: Mapping[str, str]
    ) -> None:
        self.kind = kind
        self._job = job
        what = KINDS[kind]
        plain, travels = kernels()
        job.mkdir(parents=True, exist_ok=True)
        (job / "command").write_text(f"cd {shlex.quote(str(REPOSITORY))}\n{shlex.join(command)}\n")
        lines = (f"export {key}={shlex.quote(value)}\n" for key, value in environment.items())
        (job / "environment").write_text("".join(lines))
        with (job / "console").open("wb") as console:
            self._process = subprocess.Popen(
                [
                    str(travels if what.time_travel else plain),
                    *("rootfstype=hostfs", "rootflags=/", "ro", f"init={HERE / 'init.sh'}"),
                    *(f"mem={what.memory}M", "con=null", "con0=null,fd:1", "ssl=null"),
                    *("loglevel=4", "panic=1", f"uml_dir={job}", *what.arguments),
                    *(f"LAMP_HIL_JOB={job}", f"LAMP_HIL_PYTHON={sys.executable}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env={**os.environ, **room_for(what.memory)},
                start_new_session=True,
            )
        if what.first:
            set_niceness(self._process.pid, FIRST)

    @property
    def running(self) -> bool:
        """Whether it has not been switched off yet."""
        return self._process.poll() is None

    def wait(self, timeout: float) -> int:
        """The command's exit status.

        Raises:
            MachineFailed: the machine died, or was not done after ``timeout`` s.
        """
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise MachineFailed(f"not done after {timeout:g} s\n{self.last_words()}") from error
        finally:
            self.kill()
        try:
            return int((self._job / "status").read_text())
        except (OSError, ValueError) as error:
            raise MachineFailed(f"the machine died\n{self.last_words()}") from error

    def last_words(self) -> str:
        """The end of the command's output and of the console."""
        said = []
        for name in ("output", "console"):
            path = self._job / name
            lines = path.read_text(errors="replace").splitlines() if path.exists() else []
            said += [f"--- {name} of the machine {self.kind!r}", *lines[-CONSOLE_LINES:]]
        return "\n".join(said)

    def kill(self) -> None:
        """Pull the plug."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def set_niceness(session: int, niceness: int) -> None:
    """Of all processes that the leader of a session will start; nothing if this may not.

    Where the kernel groups processes by session, it asks first how nice the groups are.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, session, niceness)
    with contextlib.suppress(OSError):
        Path(f"/proc/{session}/autogroup").write_text(str(niceness))


def room_for(memory: int) -> dict[str, str]:
    """Where its memory can lie: containers often have a tiny /dev/shm, and nothing runs there."""
    try:
        place = os.statvfs("/dev/shm")
    except OSError:
        return {"TMPDIR": "/var/tmp"}
    roomy = place.f_bavail * place.f_frsize > memory * 2**20
    return {} if roomy and not place.f_flag & os.ST_NOEXEC else {"TMPDIR": "/var/tmp"}
