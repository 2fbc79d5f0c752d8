"""One process in a supervisor's care: how it has fared, and when it may start again."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass

from lamp.errors import EXIT_CONFIG, EXIT_STATE
from lamp.runtime.processes import hung_after
from lamp.supervisor.child import Child


@dataclass(frozen=True)
class Limits:
    """How patient a supervisor is. All in s, but ``failures``."""

    hung: Callable[[str], float] = hung_after  # of a process: without a heartbeat
    start: float = 60.0  # until the first heartbeat
    grace: float = 3.0  # to end when asked to
    settled: float = 30.0  # of life, after which earlier failures are forgotten
    ready: float = 5.0  # the same, for one that was killed from outside: nothing is wrong with it
    first_delay: float = 0.2  # before the first new start; each further one doubles it
    told_delay: float = 2.0  # the same, for a process that said itself why it cannot go on
    longest_delay: float = 30.0
    longest_operator_delay: float = 2.0
    failures: int = 5  # in a row, until the lamp is just a switch
    head_start: float = 0.7  # of the operator, at most


@dataclass(slots=True)
class ManagedProcess:
    """One of the five.

    Attributes:
        child: the running process, if there is one.
        started: when it was started, in s on the supervisor's clock.
        restart_at: when it shall be started, in s; None: not at all.
        beaten_at: its last sign of life by the pipe, in s; None: it has given none yet.
        starts: how often it was started.
        failures: how often in a row it has ended before it had settled.
        hung: it has been killed because it gave no sign of life.
        last_error: what was wrong with it last, for the owner.
    """

    name: str
    child: Child | None = None
    started: float = 0.0
    beaten_at: float | None = None
    restart_at: float | None = None
    starts: int = 0
    failures: int = 0
    hung: bool = False
    last_error: str = ""

    def forget_failures(self, now: float, limits: Limits) -> None:
        """Forget earlier failures once it has lived long enough."""
        if self.failures and now - self.started >= limits.settled:
            self.failures = 0
            self.last_error = ""

    def failed(self, status: int, now: float, limits: Limits) -> float:
        """It has ended by itself with ``status``; seconds until it is started again."""
        outside = status in (0, -signal.SIGTERM, -signal.SIGKILL) and not self.hung
        if outside and now - self.started >= limits.ready:
            self.failures = 0
        self.forget_failures(now, limits)
        self.child = None
        self.hung = False
        self.failures += 1
        said_why = EXIT_CONFIG <= status <= EXIT_STATE
        first = limits.told_delay if said_why else limits.first_delay
        longest = limits.longest_delay
        if self.name == "operator":
            longest = limits.longest_operator_delay
        delay = min(first * 2.0 ** min(self.failures - 1, 16), longest)
        if self.failures >= limits.failures:
            delay = longest
        self.restart_at = now + delay
        return delay
