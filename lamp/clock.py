"""The lamp's two clocks, passed in wherever time is needed.

``now`` is monotonic and shared by all processes of one machine: every interval is measured
with it. ``wall`` says what o'clock it is and may jump by years on a board without a
battery: it is only shown, and used to tell night from day.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Seconds since some fixed moment; never goes backwards."""

    def wall(self) -> datetime:
        """Local date and time, with a time zone."""


class LiveClock:
    """The machine's own clocks."""

    def now(self) -> float:
        """CLOCK_MONOTONIC, the same in all processes."""
        return time.monotonic()

    def wall(self) -> datetime:
        """Local time."""
        return datetime.now().astimezone()


class ReplayClock:
    """Stands still until told: the audio's own time, in a replay or a test.

    Args:
        began: the wall clock at time 0.
    """

    def __init__(self, began: datetime, now: float = 0.0) -> None:
        self._began = began
        self._now = now

    def now(self) -> float:
        """The latest time told to :meth:`advance`."""
        return self._now

    def wall(self) -> datetime:
        """``began`` plus the time that has passed."""
        return self._began + timedelta(seconds=self._now)

    def advance(self, until: float) -> None:
        """Move on to ``until``; an earlier time changes nothing."""
        self._now = max(self._now, until)
