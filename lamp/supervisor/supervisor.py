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
from lamp.runtime.processes import START_ORDER
from lamp.supervisor.child import Spawn, spawn_process
from lamp.supervisor.ward import Limits, Ward

LOOK_EVERY = 0.1  # s
_HEALTH_EVERY = 1.0  # s between two looks at the health of those that run

log = logging.getLogger(__name__)


class Supervisor:
    """Keeps the five processes of one lamp running.

    Use it as a context, call :meth:`look` often; or call :meth:`run`.

    Args:
        config: for all of them; places that it leaves open are chosen here, once.
        clock: the machine's monotonic clock, also when the lamp plays a replay.
        spawn: starts a process.
        limits: how patient it is.
        sleep: waits for so many seconds.
        names: the processes, in the order of starting; they are ended in the opposite one.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        spawn: Spawn = spawn_process,
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        names: tuple[str, ...] = START_ORDER,
    ) -> None:
        self.config = paths.resolved(config)
        self._clock = clock
        self._spawn = spawn
        self._limits = limits or Limits()
        self._sleep = sleep
        self._runtime = paths.runtime_directory(self.config)
        self._config_file = self._runtime / "lamp.json"
        self._wards = {name: Ward(name) for name in names}
        self._heartbeat = Heartbeat(self._runtime, "supervisor", clock, clock.now)
        self._next_health = 0.0
        self._ending = False
        self._lock: paths.StateLock | None = None
        self.just_a_switch = False

    @property
    def pids(self) -> dict[str, int]:
        """Process numbers of those that run."""
        return {name: w.child.pid for name, w in self._wards.items() if w.child is not None}

    @property
    def wards(self) -> dict[str, Ward]:
        """How each of them has fared, to look at."""
        return self._wards

    def finished(self, name: str) -> bool:
        """Whether ``name`` has done all it had to do, such as playing a recording to its end."""
        ward = self._wards[name]
        return ward.starts > 0 and ward.child is None and ward.due is None

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
            write_whole(self._config_file, configuration.dump(self.config), durable=False)
        except OSError as error:
            self._unlock()
            raise MailboxError(
                f"cannot write {self._config_file}: {error.strerror}."
                " Give places.runtime in lamp.yaml a directory that can be written"
            ) from error
        now = self._clock.now()
        for name, ward in self._wards.items():
            ward.due = now if name == "operator" else now + self._limits.head_start
        self.look()

    def look(self) -> None:
        """See who has ended, who hangs and who is due. Call it a few times a second."""
        now = self._clock.now()
        for ward in self._wards.values():
            status = ward.child.poll() if ward.child is not None else None
            if status is not None:
                self._ended(ward, status, now)
            if ward.child is None and ward.due is not None and ward.due <= now:
                self._start_one(ward, now)
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
        for ward in reversed(self._wards.values()):
            ward.due = None
            if ward.child is None:
                continue
            ward.child.terminate()
            if not self._gone(ward):
                log.warning("%s does not end and is killed", ward.name)
                ward.child.kill()
                self._gone(ward)
            ward.child = None
        self._heartbeat.last(state="stopped", processes={})
        self._unlock()

    def __enter__(self) -> Supervisor:
        """Started."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stopped."""
        self.stop()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _gone(self, ward: Ward) -> bool:
        until = self._clock.now() + self._limits.grace
        while ward.child is not None and ward.child.poll() is None:
            if self._clock.now() >= until:
                return False
            self._sleep(LOOK_EVERY / 5)
        return True

    def _start_one(self, ward: Ward, now: float) -> None:
        ward.due = None
        ward.started = now
        ward.starts += 1
        try:
            ward.child = self._spawn(ward.name, self._config_file)
        except OSError as error:  # no memory, no process numbers
            ward.line = f"cannot start: {error.strerror}"
            delay = ward.failed(-1, now, self._limits)
            log.error("%s: %s. Next try in %.1f s", ward.name, ward.line, delay)

    def _ended(self, ward: Ward, status: int, now: float) -> None:
        assert ward.child is not None
        health = self._health(ward)
        if status == 0 and health is not None and health.state == "finished":
            ward.child = None
            log.info("%s has finished", ward.name)
            return
        error = "" if health is None else str(health.facts.get("error", ""))
        line = error if status > 0 else "hung" if ward.hung else ""
        line = line or (f"killed by signal {-status}" if status < 0 else f"exit status {status}")
        delay = ward.failed(status, now, self._limits)
        ward.line = line
        log.warning("%s has ended: %s. Next try in %.1f s", ward.name, line, delay)

    def _health(self, ward: Ward) -> Health | None:
        """What the running child said, not its predecessor."""
        health = read_one(self._runtime, ward.name)
        pid = ward.child.pid if ward.child is not None else None
        return health if health is not None and health.pid == pid else None

    def _look_at_health(self, now: float) -> None:
        for ward in self._wards.values():
            if ward.child is None:
                continue
            ward.settle(now, self._limits)
            health = self._health(ward)
            silent = now - ward.started if health is None else health.age(now)
            if silent > (self._limits.start if health is None else self._limits.hung(ward.name)):
                log.error("%s has hung for %.0f s and is killed", ward.name, silent)
                ward.hung = True
                ward.child.kill()  # the next look finds it ended

    def _judge(self) -> None:
        """Say so when the lamp becomes just a switch, and when it is more again."""
        given_up = [
            ward
            for ward in self._wards.values()
            if ward.name != "operator" and ward.failures >= self._limits.failures
        ]
        if given_up and not self.just_a_switch:
            reasons = "; ".join(f"{ward.name}: {ward.line}" for ward in given_up)
            log.error("the lamp is just a switch for now, as it cannot learn: %s", reasons)
        if self.just_a_switch and not given_up:
            log.warning("the lamp listens and learns again")
        self.just_a_switch = bool(given_up)

    def _beat(self) -> None:
        self._heartbeat.beat(
            state="just a switch" if self.just_a_switch else "lamp",
            processes={
                name: {
                    "pid": ward.child.pid if ward.child is not None else None,
                    "starts": ward.starts,
                    "failures": ward.failures,
                    "line": ward.line,
                }
                for name, ward in self._wards.items()
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
