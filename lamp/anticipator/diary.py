"""The diary: every exchange, every flip, every label, in SQLite. The durable record.

The anticipator alone writes; the trainer and the command line read. Labels are an
append-only log: a later label of the same exchange replaces the earlier one, and a reader
that knows the log up to some position can catch up from there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec

from lamp.anticipator.diary_schema import disk_errors, migrate, open_diary
from lamp.anticipator.exchange import Exchange, Label, LabelSource, Moment
from lamp.messages import Action, State

_SELECT_EXCHANGES = (
    "SELECT e.id, e.text, e.confidence, e.started, e.ended, e.state_before, e.none, e.lit, e.dark,"
    " e.action, e.reason, e.stages, e.level_db, e.words, e.moment,"
    " l.action, l.weight, l.source, l.flip"
    " FROM exchanges e LEFT JOIN current_labels l ON l.exchange = e.id "
)


@dataclass(frozen=True)
class LabelEntry:
    """A line of the label log, with the words it speaks of.

    position: in the log, rising.
    replaced: the label this one took the place of.
    """

    position: int
    exchange: str
    text: str
    state_before: State
    label: Label
    replaced: Label | None


@dataclass(frozen=True)
class FlipEntry:
    """A flip as the diary has it; ``exchange`` is empty where no utterance was blamed."""

    id: str
    state: State
    at: float  # s
    wall: str
    directive: str
    exchange: str


class Diary:
    """Reads and writes one diary.

    Args:
        connection: from :meth:`open`, or any SQLite connection (":memory:" in simulation).
        directory: where it lies, for messages about the disk.
    """

    def __init__(self, connection: sqlite3.Connection, directory: Path = Path()) -> None:
        self._db = connection
        self._directory = directory

    @classmethod
    def open(cls, path: Path, read_only: bool = False) -> Diary:
        """The diary at ``path``; a new one where there is none.

        Raises:
            DiaryDamaged, StateReadOnly, StateFull: see :func:`open_diary`.
        """
        return cls(open_diary(path, read_only), path.parent)

    @classmethod
    def in_memory(cls) -> Diary:
        """A diary that is gone when the process ends: for simulation and tests."""
        connection = sqlite3.connect(":memory:")
        migrate(connection)
        return cls(connection)

    @classmethod
    def copy_in_memory(cls, path: Path) -> Diary:
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
        return cls(memory)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, and an ill disk gives a StateError."""
        with disk_errors(self._directory), self._db:
            yield

    # ------------------------------------------------------------------ writing

    def write_exchange(self, exchange: Exchange, wall: datetime) -> None:
        """Note down an exchange; a second time changes nothing."""
        none, lit, dark = exchange.probabilities
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO exchanges (id, text, confidence, started, ended, wall,"
                " state_before, none, lit, dark, action, reason, stages, level_db, words, moment)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    exchange.id,
                    exchange.text,
                    exchange.confidence,
                    exchange.started,
                    exchange.ended,
                    wall.isoformat(timespec="milliseconds"),
                    exchange.state_before,
                    none,
                    lit,
                    dark,
                    exchange.action,
                    exchange.reason,
                    msgspec.json.encode(exchange.stages).decode(),
                    exchange.level_db,
                    msgspec.json.encode(exchange.words).decode(),
                    msgspec.json.encode(exchange.moment).decode(),
                ),
            )

    def write_flip(
        self,
        flip: FlipEntry,
        labels: list[tuple[str, Label]],
    ) -> int:
        """Note down a flip and the labels it gives, all or nothing; the last log position."""
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO flips (id, state, at, wall, directive, exchange)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                tuple(asdict(flip).values()),
            )
            for exchange, label in labels:
                self._append_label(exchange, label)
        return self.position()

    def write_labels(self, labels: list[tuple[str, Label]]) -> int:
        """Append labels of exchanges (by id) to the log; the last position."""
        with self._transaction():
            for exchange, label in labels:
                self._append_label(exchange, label)
        return self.position()

    def _append_label(self, exchange: str, label: Label) -> None:
        self._db.execute(
            "INSERT INTO labels (exchange, action, weight, source, flip) VALUES (?, ?, ?, ?, ?)",
            (exchange, label.action, label.weight, label.source, label.flip),
        )

    def forget_oldest(self, most: int) -> int:
        """Keep at most ``most`` exchanges; how many went.

        The oldest go first: those without a label, then those labelled by silence, then
        the rest; what a flip taught goes last.
        """
        (count,) = self._db.execute("SELECT COUNT(*) FROM exchanges").fetchone()
        surplus = max(0, int(count) - most)
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
        return surplus

    # ------------------------------------------------------------------ reading

    def position(self) -> int:
        """Of the last line of the label log; 0 where there is none."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'labels'").fetchone()
        return int(row[0]) if row else 0

    def knows_flip(self, flip: str) -> bool:
        """Whether a flip of this id was noted down."""
        row = self._db.execute("SELECT 1 FROM flips WHERE id = ?", (flip,)).fetchone()
        return row is not None

    def exchange(self, exchange: str) -> Exchange | None:
        """The exchange of this id."""
        row = self._select_exchanges("WHERE e.id = ?", (exchange,))
        return next(row, None)

    def unlabelled(self, since: float) -> list[Exchange]:
        """Exchanges that ended after ``since`` (s) and may still get a label, oldest first."""
        return list(
            self._select_exchanges(
                "WHERE l.exchange IS NULL AND e.ended > ? ORDER BY e.position", (since,)
            )
        )

    def last_exchanges(self, count: int) -> list[Exchange]:
        """The last ``count`` exchanges, oldest first."""
        newest = self._select_exchanges("ORDER BY e.position DESC LIMIT ?", (count,))
        return list(newest)[::-1]

    def all_exchanges(self) -> Iterator[Exchange]:
        """Every exchange, in the order they were said."""
        return self._select_exchanges("ORDER BY e.position", ())

    def labelled(self) -> Iterator[Exchange]:
        """All exchanges with a label that weighs something, in the order they were said."""
        return self._select_exchanges("WHERE l.weight > 0 ORDER BY e.position", ())

    def labels_after(self, position: int) -> list[LabelEntry]:
        """The label log after ``position``, oldest first, each with the label it replaced."""
        rows = self._db.execute(
            "SELECT n.position, n.exchange, e.text, e.state_before, n.action, n.weight, n.source,"
            " n.flip, o.action, o.weight, o.source, o.flip FROM labels n"
            " JOIN exchanges e ON e.id = n.exchange"
            " LEFT JOIN labels o ON o.position = (SELECT MAX(position) FROM labels"
            "   WHERE exchange = n.exchange AND position < n.position)"
            " WHERE n.position > ? ORDER BY n.position",
            (position,),
        )
        return [
            LabelEntry(row[0], row[1], row[2], row[3], Label(*row[4:8]), _label(row[8:12]))
            for row in rows
        ]

    def flips(self, count: int) -> list[FlipEntry]:
        """The last ``count`` flips, oldest first."""
        rows = self._db.execute(
            "SELECT id, state, at, wall, directive, exchange FROM flips"
            " ORDER BY position DESC LIMIT ?",
            (count,),
        )
        return [FlipEntry(*row) for row in rows][::-1]

    def counts(self) -> dict[str, int]:
        """How many exchanges, flips and current labels of each source there are."""
        counts = {"exchanges": self._count("exchanges"), "flips": self._count("flips")}
        rows = self._db.execute("SELECT source, COUNT(*) FROM current_labels GROUP BY source")
        return counts | {f"labels by {source}": int(count) for source, count in rows}

    def _count(self, table: str) -> int:
        # The table's name is one of ours, never a value from outside.
        (count,) = self._db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608
        return int(count)

    def _select_exchanges(self, clause: str, values: tuple[Any, ...]) -> Iterator[Exchange]:
        # The clause is one of ours; what comes from outside is in the values.
        rows = self._db.execute(_SELECT_EXCHANGES + clause, values)
        return (_exchange(row) for row in rows)


def _exchange(row: tuple[Any, ...]) -> Exchange:
    beliefs = (row[6], row[7], row[8])
    return Exchange(
        id=row[0],
        text=row[1],
        confidence=row[2],
        started=row[3],
        ended=row[4],
        state_before=row[5],
        probabilities=beliefs,
        words=msgspec.json.decode(row[13], type=tuple[float, float, float] | None) or beliefs,
        action=row[9],
        reason=row[10],
        stages=msgspec.json.decode(row[11]),
        level_db=row[12],
        moment=msgspec.json.decode(row[14], type=Moment | None),
        label=_label(row[15:19]),
    )


def _label(columns: tuple[Any, ...]) -> Label | None:
    action, weight, source, flip = columns
    if action is None:
        return None
    return Label(cast(Action, action), weight, cast(LabelSource, source), flip)
