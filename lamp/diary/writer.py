"""The diary: every exchange, every flip, every label, in SQLite. The durable record.

The anticipator alone writes; the trainer and the command line read. Labels are an
append-only log: a later label of the same exchange replaces the earlier one, and a reader
that knows the log up to some position can catch up from there.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader, FlipEntry
from lamp.diary.rows import COLUMNS, NO_CHECKSUM, checksum, exchange_row, insertion
from lamp.diary.schema import disk_errors, migrate, open_diary
from lamp.diary.unwritten import Entry, Statement, Unwritten
from lamp.errors import StateError

_FORGET = (
    "DELETE FROM labels WHERE exchange = :id",
    "DELETE FROM exchanges WHERE id = :id",
    "UPDATE flips SET exchange = '', checksum = -1 WHERE exchange = :id",
    "UPDATE flips SET directive = 'directive-', checksum = -1"
    "  WHERE directive = 'directive-' || :id",
    "UPDATE exchanges SET checksum = -1,"
    "  lessons = (SELECT json_group_array(value) FROM json_each(lessons) WHERE value != :id)"
    "  WHERE INSTR(lessons, :id)",
    *(
        f"UPDATE {table} SET checksum = row_checksum({', '.join(COLUMNS[table])})"  # noqa: S608
        f" WHERE checksum = {NO_CHECKSUM}"
        for table in ("flips", "exchanges")
    ),
)

log = logging.getLogger(__name__)


class Diary(DiaryReader):
    """Reads and writes one diary.

    Made by :meth:`open`, :meth:`in_memory` or :meth:`copy_in_memory`.

    What the disk refuses is kept, in order, and written with the next write or :meth:`flush`
    that it takes; the call that was refused raises a StateError all the same. It must not be
    made again.
    """

    def __init__(
        self, connection: sqlite3.Connection, directory: Path = Path(), boot: str = ""
    ) -> None:
        super().__init__(connection, directory, boot)
        connection.create_function("row_checksum", -1, lambda *values: checksum(values))
        self._unwritten = Unwritten(connection, directory)

    @property
    def waiting(self) -> int:
        """How many entries the disk has not taken yet."""
        return len(self._unwritten)

    @property
    def trouble(self) -> str:
        """Why not, and how many; empty if there are none."""
        return self._unwritten.trouble

    def flush(self) -> bool:
        """Write what waits, as far as the disk takes it; whether nothing waits any more.

        Raises:
            DiaryDamaged: nothing can be written here any more.
        """
        return self._unwritten.write()

    def knows_flip(self, flip: str) -> bool:
        """See :class:`DiaryReader`; one that waits to be written is known, too."""
        return self._unwritten.waits(flip) or super().knows_flip(flip)

    @classmethod
    def open(
        cls,
        path: Path,
        read_only: bool = False,
        boot: str = "",
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Diary:
        """The diary at ``path``; a new one where there is none.

        Args:
            path: of its file.
            read_only: make none, and write nothing.
            boot: this start of the machine, see :class:`DiaryReader`.
            meanwhile: called again and again while it is checked, or saved.

        Raises:
            DiaryDamaged, StateReadOnly, StateFull: see :func:`open_diary`.
        """
        return cls(open_diary(path, read_only, meanwhile), path.parent, boot)

    @classmethod
    def in_memory(cls) -> Diary:
        """A diary that is gone when the process ends: for simulation and tests."""
        connection = sqlite3.connect(":memory:")
        migrate(connection)
        return cls(connection)

    @classmethod
    def copy_in_memory(cls, path: Path, boot: str = "") -> Diary:
        """What can be read at ``path``, in memory; later writing does not reach the disk."""
        memory = sqlite3.connect(":memory:")
        try:
            # immutable: a disk that cannot be written cannot hold the log's lock files either
            source = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
            with closing(source):
                source.backup(memory)
        except sqlite3.DatabaseError:
            memory = sqlite3.connect(":memory:")
        migrate(memory)
        return cls(memory, boot=boot)

    def close(self) -> None:
        """Write what waits, if the disk takes it now, and close the file."""
        try:
            self.flush()
        except StateError as error:
            log.warning("%s", error)
        if self.waiting:
            log.warning("%d entries of the diary could not be written", self.waiting)
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, and an ill disk gives a StateError."""
        with disk_errors(self._directory), self._db:
            yield

    def write_exchange(self, exchange: Exchange, wall: datetime) -> None:
        """Note down an exchange; a second time changes nothing."""
        insert = insertion("exchanges", exchange_row(exchange, wall) | {"boot": self.boot})

        def written(rows: int) -> None:
            if rows:
                self._held[exchange.id] = exchange

        self._unwritten.add(Entry((insert,), exchange.id, written))

    def write_flip(
        self,
        flip: FlipEntry,
        labels: list[tuple[str, Label]],
    ) -> int:
        """Note down a flip and the labels it gives, all or nothing; the last log position."""
        statements = [insertion("flips", asdict(flip)), *map(_of_label, labels)]
        self._unwritten.add(Entry(tuple(statements), flip.id))
        return self.position()

    def write_labels(self, labels: list[tuple[str, Label]]) -> int:
        """Append labels of exchanges (by id) to the log; the last position."""
        self._unwritten.add(Entry(tuple(map(_of_label, labels))))
        return self.position()

    def forget(self, exchange: str) -> None:
        """Leave nothing of an exchange here: its words, labels, and what points to it.

        A flip that was about it stays, as one about nothing that was said. The log of writes still
        has what was there until :meth:`scrub`.
        """
        self._held.pop(exchange, None)
        self._unwritten.drop(exchange)
        self._unwritten.add(Entry(tuple((query, {"id": exchange}) for query in _FORGET)))

    def scrub(self) -> bool:
        """Empty the log of writes; False while something waits, or another program reads.

        Raises:
            StateError: the disk refuses.
        """
        if not self.flush():
            return False
        with disk_errors(self._directory):
            (busy, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def go_on_after(self, position: int) -> None:
        """Give labels positions above ``position``, as a model that was told so many expects.

        Raises:
            StateError: the disk refuses.
        """
        with self._transaction():
            self._db.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT 'labels', 0"
                " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'labels')"
            )
            self._db.execute(
                "UPDATE sqlite_sequence SET seq = MAX(seq, ?) WHERE name = 'labels'", (position,)
            )

    def forget_oldest(self, most: int) -> int:
        """Keep at most ``most`` exchanges, and as many flips; how many exchanges went.

        The oldest go first: those without a label, then those labelled by silence, then
        the rest; what a flip taught goes last.
        """
        surplus = max(0, self._count("exchanges") - most)
        if surplus:
            with self._transaction():
                doomed = (
                    "SELECT e.id FROM exchanges e LEFT JOIN current_labels l ON l.exchange = e.id"
                    " ORDER BY CASE WHEN l.source IS NULL THEN 0 WHEN l.source = 'silence' THEN 1"
                    " WHEN l.source = 'kept' THEN 2 ELSE 3 END, e.position LIMIT ?"
                )
                ids = self._db.execute(doomed, (surplus,)).fetchall()
                self._db.executemany("DELETE FROM labels WHERE exchange = ?", ids)
                self._db.executemany("DELETE FROM exchanges WHERE id = ?", ids)
        with self._transaction():
            self._db.execute(
                "DELETE FROM flips WHERE position <= (SELECT MAX(position) FROM flips) - ?",
                (most,),
            )
        return surplus


def _of_label(labelled: tuple[str, Label]) -> Statement:
    exchange, label = labelled
    return insertion("labels", {"exchange": exchange} | asdict(label))
