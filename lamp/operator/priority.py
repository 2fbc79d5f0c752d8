"""The operator goes first when the processor is wanted by many."""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

REAL_TIME = 10  # of 1..99; a little above nothing is enough, and leaves room for drivers
NICE = -15  # of -20 (most urgent) .. 19, where there is no real time


def raise_priority(system: ModuleType | Any = os) -> bool:
    """Ask for real time, else for a high priority; False where this user may have neither.

    Real time because with all cores busy an ordinary thread that wakes up waits for the
    scheduler's next tick or two, however high its priority. It is safe: the operator sleeps
    nearly always, and Linux keeps 5 % of the time for the others whatever it does.

    To be called before any thread is started, because each inherits it: a thread that holds
    the interpreter's lock and waits for the processor would hold up the switch's thread.
    """
    try:
        system.sched_setscheduler(0, system.SCHED_RR, system.sched_param(REAL_TIME))
        return True
    except (OSError, AttributeError):  # not allowed, or not Linux
        pass
    try:
        system.setpriority(system.PRIO_PROCESS, 0, NICE)
    except OSError:
        return False
    return True
