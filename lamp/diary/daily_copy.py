"""A copy of the diary a day, for when the diary itself is damaged."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from lamp.diary.schema import COPY, keep_copy
from lamp.errors import StateError

EVERY = 86_400.0  # s
AT_FIRST = 600.0  # s after the start: other things matter more then

log = logging.getLogger(__name__)


class DailyCopy:
    """Makes the copy in a thread of its own, which nobody waits for.

    Args:
        diary: its file.
        now: s, the machine's monotonic clock.
        today: s, the clock that files have their dates from.
    """

    def __init__(
        self,
        diary: Path,
        now: Callable[[], float] = time.monotonic,
        today: Callable[[], float] = time.time,
    ) -> None:
        self._diary = diary
        self._now = now
        self._today = today
        self._next_look = now() + AT_FIRST
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin a copy if one is due. To be called often; returns at once."""
        if self._now() < self._next_look or (self._thread and self._thread.is_alive()):
            return
        self._next_look = self._now() + AT_FIRST
        if self._diary.exists() and self._age() >= EVERY:
            self._thread = threading.Thread(target=self._make, name="copy", daemon=True)
            self._thread.start()

    def forget(self) -> bool:
        """Make the copy anew, now; False while one is being made. To be called until it is True."""
        if self._thread and self._thread.is_alive():
            return False
        self._diary.with_name(self._diary.name + COPY).unlink(missing_ok=True)
        self._next_look = self._now()
        return True

    def wait(self) -> None:
        """Until the copy that is being made is there."""
        if self._thread is not None:
            self._thread.join()

    def _age(self) -> float:
        """Of the last copy, in s; without one, or with a clock that was put back, for ever."""
        try:
            age = self._today() - self._diary.with_name(self._diary.name + COPY).stat().st_mtime
        except OSError:
            return float("inf")
        return age if age >= 0 else float("inf")

    def _make(self) -> None:
        try:
            keep_copy(self._diary)
        except StateError as error:
            log.warning("no copy of the diary could be made: %s", error)
