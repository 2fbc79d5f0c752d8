"""The supervisor's rules, with time and processes passed in."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from pathlib import Path

from lamp import config as configuration
from lamp.clock import Clock
from lamp.config import Config
from lamp.errors import MailboxError, StateFull, StateReadOnly
from lamp.runtime import paths
from lamp.runtime.files import write_whole
from lamp.runtime.heartbeat import Health, Heartbeat, read_one
from lamp.runtime.private import own_directory
from lamp.runtime.processes import LEARNING_SIDE, start_order
from lamp.supervisor.child import Child, Spawn, spawn_process
from lamp.supervisor.managed_process import Limits, ManagedProcess

LOOK_EVERY = 0.1  # s
_HEALTH_EVERY = 1.0  # s between two looks at the health of those that run

log = logging.getLogger(__name__)


class Supervisor:
    """Keeps the processes of one lamp running.

    Use it as a context, call :meth:`look` often; or call :meth:`run`.

    Args:
        config: for all of them; places that it leaves open are chosen here, once.
        clock: the machine's monotonic clock, also when the lamp plays a replay.
        spawn: starts a process.
        limits: how patient it is.
        sleep: waits for so many seconds.
        names: the processes, in the order of starting; they are ended in the opposite one. None:
            those that ``config`` wants.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        spawn: Spawn = spawn_process,
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        names: tuple[str, ...] | None = None,
    ) -> None:
        self.config = paths.resolved(config)
        self._clock = clock
        self._spawn = spawn
        self._limits = limits or Limits()
        self._sleep = sleep
        self._runtime = paths.runtime_directory(self.config)
        self._config_file = self._runtime / "lamp.json"
        names = start_order(self.config) if names is None else names
        self._processes = {name: ManagedProcess(name) for name in names}
        self._heartbeat = Heartbeat(self._runtime, "supervisor", clock, clock.now)
        self._next_health = 0.0
        self._ending = False
        self._written = False  # the processes' configuration, by this supervisor
        self._lock: paths.StateLock | None = None
        self.just_a_switch = False

    @property
    def pids(self) -> dict[str, int]:
        """Process numbers of those that run."""
        return {
            name: process.child.pid
            for name, process in self._processes.items()
            if process.child is not None
        }

    @property
    def processes(self) -> dict[str, ManagedProcess]:
        """How each of them has fared, to look at."""
        return self._processes

    def finished(self, name: str) -> bool:
        """Whether ``name`` has done all it had to do, such as playing a recording to its end."""
        process = self._processes[name]
        return process.starts > 0 and process.child is None and process.restart_at is None

    def start(self) -> None:
        """Take the state directory, write the configuration, start the operator.

        Raises:
            StateInUse: another lamp runs on the state directory.
            MailboxError: the runtime directory cannot be used.
        """
        try:
            self._lock = paths.lock_state(Path(self.config.places.state), patience=1.0)
        except (StateReadOnly, StateFull) as error:
            log.warning("%s", error)  # the switch works without a disk
        try:
            self._write_config()
        except MailboxError:
            self._unlock()
            raise
        except OSError as error:
            self._unlock()
            raise MailboxError(
                f"cannot write {self._config_file}: {error.strerror}."
                " Give places.runtime in lamp.yaml a directory that can be written"
            ) from error
        now = self._clock.now()
        for name, process in self._processes.items():
            process.restart_at = now if name == "operator" else now + self._limits.head_start
        self.look()

    def look(self) -> None:
        """See who has ended, who hangs and who is due. Call it a few times a second."""
        now = self._clock.now()
        for process in self._processes.values():
            status = process.child.poll() if process.child is not None else None
            if status is not None:
                self._ended(process, status, now)
            if (
                process.child is None
                and process.restart_at is not None
                and process.restart_at <= now
            ):
                self._start_one(process, now)
        if now >= self._next_health:
            self._next_health = now + _HEALTH_EVERY
            self._look_at_health(now)
        self._judge()
        self._beat()

    def run(self) -> None:
        """Start, look until :meth:`end` is called, stop."""
        with self:
            while not self._ending:
                self._sleep(LOOK_EVERY)
                self.look()

    def end(self) -> None:
        """Make :meth:`run` return. May be called by a signal handler or another thread."""
        self._ending = True

    def stop(self) -> None:
        """End all, the operator last; what does not end in time is killed."""
        for process in reversed(self._processes.values()):
            process.restart_at = None
            if process.child is None:
                continue
            process.child.terminate()
            if not self._gone(process):
                log.warning("%s does not end and is killed", process.name)
                process.child.kill()
                self._gone(process)
            process.child = None
        self._heartbeat.last(state="stopped", processes={})
        self._unlock()

    def __enter__(self) -> Supervisor:
        """Started."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stopped."""
        self.stop()

    def _write_config(self) -> None:
        """Tell the processes what they shall be; somebody may have cleared the directory."""
        own_directory(self._runtime)
        if not (self._written and self._config_file.exists()):
            write_whole(self._config_file, configuration.dump(self.config), durable=False)
            self._written = True

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _gone(self, process: ManagedProcess) -> bool:
        until = self._clock.now() + self._limits.grace
        while process.child is not None and process.child.poll() is None:
            if self._clock.now() >= until:
                return False
            self._sleep(LOOK_EVERY / 5)
        return True

    def _start_one(self, process: ManagedProcess, now: float) -> None:
        process.restart_at = None
        process.started = now
        process.beaten_at = None
        process.starts += 1
        try:
            self._write_config()
        except (MailboxError, OSError) as error:  # what is there may do
            log.warning("cannot write %s: %s", self._config_file, error)
        try:
            process.child = self._spawn(process.name, self._config_file)
        except OSError as error:  # no memory, no process numbers
            process.last_error = f"cannot start: {error.strerror}"
            delay = process.failed(-1, now, self._limits)
            log.error("%s: %s. Next try in %.1f s", process.name, process.last_error, delay)

    def _ended(self, process: ManagedProcess, status: int, now: float) -> None:
        assert process.child is not None
        health = self._health(process)
        if status == 0 and health is not None and health.state == "finished":
            process.child = None
            log.info("%s has finished", process.name)
            return
        error = "" if health is None else str(health.facts.get("error", ""))
        if status < 0:
            reason = "hung" if process.hung else f"killed by signal {-status}"
        else:
            reason = error if status and error else f"exit status {status}"
        delay = process.failed(status, now, self._limits)
        process.last_error = reason
        log.warning("%s has ended: %s. Next try in %.1f s", process.name, reason, delay)

    def _health(self, process: ManagedProcess) -> Health | None:
        """What the running child said, not its predecessor."""
        health = read_one(self._runtime, process.name)
        pid = process.child.pid if process.child is not None else None
        return health if health is not None and health.pid == pid else None

    def _look_at_health(self, now: float) -> None:
        for process in self._processes.values():
            if process.child is None:
                continue
            process.forget_failures(now, self._limits)
            silent, patience = self._silent(process, process.child, now)
            if silent > patience:
                log.error("%s has hung for %.0f s and is killed", process.name, silent)
                process.hung = True
                process.child.kill()  # the next look finds it ended

    def _silent(self, process: ManagedProcess, child: Child, now: float) -> tuple[float, float]:
        """How long it has given no sign of life, and how long it may, both in s.

        The pipe tells, also where the disk of the heartbeats is full or gone: else that would
        be taken for the hanging of all five.
        """
        if child.beaten():
            process.beaten_at = now
        health = self._health(process)
        told = None if health is None else health.beat
        signs = [sign for sign in (process.beaten_at, told) if sign is not None]
        if not signs:
            return now - process.started, self._limits.start
        return now - max(signs), self._limits.hung(process.name)

    def _judge(self) -> None:
        """Say so when the lamp becomes just a switch, and when it is more again."""
        given_up = [
            process
            for process in self._processes.values()
            if process.name in LEARNING_SIDE and process.failures >= self._limits.failures
        ]
        if given_up and not self.just_a_switch:
            reasons = "; ".join(f"{process.name}: {process.last_error}" for process in given_up)
            log.error("the lamp is just a switch for now, as it cannot learn: %s", reasons)
        if self.just_a_switch and not given_up:
            log.warning("the lamp listens and learns again")
        self.just_a_switch = bool(given_up)

    def _beat(self) -> None:
        self._heartbeat.beat(
            state="just a switch" if self.just_a_switch else "lamp",
            processes={
                name: {
                    "pid": process.child.pid if process.child is not None else None,
                    "starts": process.starts,
                    "failures": process.failures,
                    "last_error": process.last_error,
                }
                for name, process in self._processes.items()
            },
        )


def run_until_told(supervisor: Supervisor) -> None:
    """Run it until SIGTERM or SIGINT (Ctrl-C) comes. Only in the main thread."""
    before = {
        number: signal.signal(number, lambda *_: supervisor.end())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        supervisor.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
