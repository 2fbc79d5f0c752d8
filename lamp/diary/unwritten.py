"""What the disk would not take yet: kept in order, and written as soon as it takes it."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from lamp.diary.schema import disk_errors
from lamp.errors import DiaryDamaged, StateError

MOST = 10_000  # entries that wait: a day of talk
AT_ONCE = 200  # entries in a transaction
SLOW = 0.05  # s that an attempt takes in vain, after which the next one is not made at once,
REST = 20.0  # but so many times later

log = logging.getLogger(__name__)

Statement = tuple[str, Any]  # SQL and its values


@dataclass(frozen=True)
class Entry:
    """What is written all or not at all.

    name: of the flip or exchange, to be found by while it waits.
    written: called with the number of rows that the first statement made.
    """

    statements: tuple[Statement, ...]
    name: str = ""
    written: Callable[[int], None] = lambda _: None


class Unwritten:
    """Entries on their way into the database, oldest first.

    Each can be written twice without harm: the disk may have taken what it says it has not.

    Args:
        connection: where they go.
        directory: where that lies, for messages.
        timer: s, measures how long the disk takes.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        directory: Path,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = connection
        self._directory = directory
        self._timer = timer
        self._entries: deque[Entry] = deque()
        self._not_before = float("-inf")
        self._error: StateError | None = None
        self._lost = 0
        self._at_once = AT_ONCE

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def trouble(self) -> str:
        """What keeps the disk from taking what waits, and how much that is; empty if nothing."""
        told = []
        if self._entries and self._error is not None:
            told.append(f"{self._error}. Kept until then: {len(self._entries)} entries")
        if self._lost:
            told.append(f"{self._lost} entries could not be kept")
        return ". ".join(told)

    def waits(self, name: str) -> bool:
        """Whether an entry of this name is not written yet."""
        return any(entry.name == name for entry in self._entries)

    def drop(self, name: str) -> None:
        """Have no entry of this name wait any more."""
        self._entries = deque(entry for entry in self._entries if entry.name != name)

    def add(self, entry: Entry) -> None:
        """Write ``entry`` after all that waits.

        Raises:
            StateError: it could not be written, and waits.
            DiaryDamaged: nothing can be written here any more.
        """
        if len(self._entries) >= MOST:
            self._lost += 1
            self._entries.popleft()
        self._entries.append(entry)
        if not self.write() and self._error is not None:
            raise self._error

    def write(self) -> bool:
        """Write what waits, as far as the disk takes it; whether nothing waits any more.

        Raises:
            DiaryDamaged: nothing can be written here any more.
        """
        while self._entries and self._timer() >= self._not_before:
            some = tuple(islice(self._entries, self._at_once))
            began = self._timer()
            try:
                self._write(some)
            except _Unfit as error:
                self._at_once = 1  # to find out which of them it is
                if len(some) == 1:
                    self._leave_out(some[0], error)
            except DiaryDamaged:
                raise
            except StateError as error:
                now = self._timer()
                if now - began > SLOW:
                    self._not_before = now + REST * (now - began)
                if str(error) != str(self._error):
                    log.warning("%s", error)
                self._error = error
                return False
        if not self._entries:
            self._at_once = AT_ONCE
            if self._error is not None:
                log.warning("the diary is written again, with all that waited")
            self._error = None
        return not self._entries

    def _write(self, entries: tuple[Entry, ...]) -> None:
        with disk_errors(self._directory), self._db:
            rows = [self._execute(entry) for entry in entries]
        for entry, made in zip(entries, rows, strict=True):
            self._entries.popleft()
            entry.written(made)

    def _execute(self, entry: Entry) -> int:
        try:
            made = [self._db.execute(*statement).rowcount for statement in entry.statements]
        except (sqlite3.IntegrityError, sqlite3.InterfaceError) as error:
            raise _Unfit(str(error)) from error
        return made[0] if made else 0

    def _leave_out(self, entry: Entry, error: _Unfit) -> None:
        self._entries.popleft()
        self._lost += 1
        log.error("entry %r does not fit into the diary and is left out: %s", entry.name, error)


class _Unfit(Exception):
    """The database would never take this entry, however well the disk is."""
