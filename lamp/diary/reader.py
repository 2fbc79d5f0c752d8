"""Reading the diary: what the trainer and the command line do, and the anticipator at its start."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal
from weakref import WeakValueDictionary

from lamp.diary.exchange import Exchange, Label, LabelSource
from lamp.diary.rows import exchange_of, is_flip, label_columns, label_of, soft_of, text_of
from lamp.diary.schema import disk_errors
from lamp.messages import State
from lamp.soft_text import SoftText

log = logging.getLogger(__name__)

ALL = 1 << 62  # positions
TALLIED = 10_000  # exchanges, and flips, that are looked at for a tally: weeks of a busy home
NEARBY = 50  # exchanges: times before and after a start of the machine do not compare
# The names of columns and tables are ours; whatever comes from outside is in the values.
_SELECT_EXCHANGES = (
    f"SELECT e.*, {label_columns('l')}"  # noqa: S608
    # The current label by the index: the view of them all would gather every exchange's first.
    " FROM exchanges e LEFT JOIN labels l"
    " ON l.position = (SELECT MAX(position) FROM labels WHERE exchange = e.id) "
)
# Along the label log, which is in that order: SQLite need not sort them, nor keep them for it.
_SELECT_TAUGHT = (
    f"SELECT e.*, {label_columns('l')}"  # noqa: S608
    " FROM labels l JOIN exchanges e ON e.id = l.exchange"
    " WHERE l.position = (SELECT MAX(position) FROM labels WHERE exchange = l.exchange)"
    " AND l.weight > 0 ORDER BY l.position"
)
_SELECT_LABELS = (
    f"SELECT n.position, n.exchange, e.text, e.soft, e.state_before, {label_columns('n')},"  # noqa: S608
    f" {label_columns('o', 'replaced_')} FROM labels n"
    " JOIN exchanges e ON e.id = n.exchange"
    " LEFT JOIN labels o ON o.position = (SELECT MAX(position) FROM labels"
    "   WHERE exchange = n.exchange AND position < n.position)"
    " WHERE n.position > ? AND n.position <= ? ORDER BY n.position"
)
_SELECT_TALLIES = (
    "SELECT since, SUM(heard), SUM(by_itself), SUM(undone), SUM(by_hand) FROM ("
    " SELECT SUBSTR(wall, 1, ?1) AS since, 1 AS heard, action != 'none' AS by_itself,"
    "   0 AS undone, 0 AS by_hand FROM exchanges"
    "   WHERE position > (SELECT MAX(position) FROM exchanges) - ?3"
    " UNION ALL SELECT SUBSTR(wall, 1, ?1), 0, 0, directive != '', directive = ''"
    "   FROM flips WHERE position > (SELECT MAX(position) FROM flips) - ?3"
    ") GROUP BY since ORDER BY since DESC LIMIT ?2"
)
_SELECT_FLIPS = "SELECT * FROM flips "


@dataclass(frozen=True)
class LabelEntry:
    """A line of the label log, with what was heard.

    position: in the log, rising.
    replaced: the label this one took the place of.
    """

    position: int
    exchange: str
    soft: SoftText
    state_before: State
    label: Label
    replaced: Label | None


@dataclass(frozen=True)
class FlipEntry:
    """A flip as the diary has it; ``exchange`` is empty where no utterance was blamed.

    boot: the start of the machine whose clock ``at`` is on; empty where nobody knows.
    """

    id: str
    state: State
    at: float  # s
    wall: str
    directive: str
    exchange: str
    boot: str = ""


@dataclass(frozen=True)
class Tally:
    """What was heard and done in an hour or on a day.

    since: its begin as the diary writes it: "2026-01-31", or "2026-01-31T18" for an hour.
    heard: utterances.
    by_itself: times that the lamp acted on one.
    undone: times that the owner undid that.
    by_hand: all other flips.
    """

    since: str
    heard: int
    by_itself: int
    undone: int
    by_hand: int


class DiaryReader:
    """Everything that can be asked of a diary.

    There is one object for each exchange: as long as somebody holds it, every question that
    leads to the exchange answers with that same object, so that a label given to it is known
    to all who hold it. A label it was given stays, also where the disk refused to take it.

    Args:
        connection: to a diary of the current schema.
        directory: where it lies, for messages about the disk.
        boot: this start of the machine; times of other ones do not compare with those of now.

    A row whose bytes were damaged is left out.

    Raises:
        StateError, DiaryDamaged: by every question, where the disk does not answer it.
    """

    def __init__(
        self, connection: sqlite3.Connection, directory: Path = Path(), boot: str = ""
    ) -> None:
        self.boot = boot
        connection.row_factory = sqlite3.Row
        self._db = connection
        self._directory = directory
        connection.text_factory = text_of
        self._skipped: set[tuple[str, int]] = set()
        self._held: WeakValueDictionary[str, Exchange] = WeakValueDictionary()

    def position(self) -> int:
        """Of the last line of the label log; 0 where there is none."""
        row = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'labels'")
        return int(row[0]) if row else 0

    def knows_flip(self, flip: str) -> bool:
        """Whether a flip of this id was noted down."""
        return self.flip(flip) is not None

    def exchange(self, exchange: str) -> Exchange | None:
        """The exchange of this id."""
        return next(self._exchanges("WHERE e.id = ?", exchange), None)

    def walls(self, exchanges: Iterable[str]) -> dict[str, str]:
        """When each of these exchanges was written down: date and time, ISO 8601, by id."""
        wanted = json.dumps(list(exchanges))
        query = "SELECT id, wall FROM exchanges WHERE id IN (SELECT value FROM json_each(?))"
        return {row["id"]: row["wall"] for row in self._rows(query, wanted)}

    def unlabelled(self, since: float) -> list[Exchange]:
        """Exchanges of this start of the machine that ended after ``since`` (s) without a label."""
        where = "WHERE l.exchange IS NULL AND e.ended > ? AND e.boot = ? ORDER BY e.position"
        return list(self._exchanges(where, since, self.boot))

    def last_exchanges(self, count: int) -> list[Exchange]:
        """The last ``count`` exchanges, oldest first."""
        return list(self._exchanges("ORDER BY e.position DESC LIMIT ?", count))[::-1]

    def newest_exchanges(self, count: int) -> Iterator[Exchange]:
        """The same one by one, so that they need not be in memory together."""
        where = (
            "WHERE e.position IN (SELECT position FROM exchanges ORDER BY position DESC LIMIT ?)"
            " ORDER BY e.position"
        )
        return self._exchanges(where, count)

    def all_exchanges(self) -> Iterator[Exchange]:
        """Every exchange, in the order they were said."""
        return self._exchanges("ORDER BY e.position")

    def all_dated(self) -> Iterator[tuple[Exchange, str]]:
        """The same, each with its date and time, ISO 8601."""
        for exchange in self.all_exchanges():
            yield exchange, self.walls([exchange.id]).get(exchange.id, "")

    def labelled(self) -> Iterator[Exchange]:
        """All exchanges with a label that weighs something, in the order they were said."""
        return self._exchanges("WHERE l.weight > 0 ORDER BY e.position")

    def labelled_as_taught(self) -> Iterator[Exchange]:
        """The same in the order in which their labels were given."""
        return self._exchanges_of(self._rows(_SELECT_TAUGHT))

    def labelled_by(
        self, sources: Sequence[LabelSource], most: int = -1, skipped: int = 0
    ) -> Iterator[Exchange]:
        """Those whose label is from one of ``sources`` and weighs something, newest first.

        Args:
            most: how many; -1 for all.
            skipped: how many of the newest are left out.
        """
        marks = ", ".join("?" * len(sources))
        where = f"WHERE l.weight > 0 AND l.source IN ({marks})"
        return self._exchanges(
            f"{where} ORDER BY e.position DESC LIMIT ? OFFSET ?", *sources, most, skipped
        )

    def said_before(self, at: float, window: float, beside: str) -> list[Exchange]:
        """What was said in the ``window`` seconds before ``at``, around the exchange ``beside``."""
        where = (
            "JOIN exchanges there ON there.id = ?"
            " WHERE e.position BETWEEN there.position - ? AND there.position + ?"
            " AND e.ended BETWEEN ? AND ? AND e.boot = there.boot ORDER BY e.position"
        )
        return list(self._exchanges(where, beside, NEARBY, NEARBY, at - window, at))

    def labels_after(self, position: int, until: int = ALL) -> list[LabelEntry]:
        """The label log after ``position``, oldest first, each with the label it replaced.

        Args:
            until: the last position of interest.
        """
        entries = []
        for row in self._rows(_SELECT_LABELS, position, until):
            about = (row["position"], row["exchange"], soft_of(row), row["state_before"])
            try:
                label, replaced = label_of(row), label_of(row, "replaced_")
            except ValueError as error:
                self._skip("label", row["position"], error)
                continue
            assert label is not None  # the log has no empty lines
            entries.append(LabelEntry(*about, label, replaced))
        return entries

    def flip(self, flip: str) -> FlipEntry | None:
        """The flip of this id."""
        return next(self._flips("WHERE id = ?", flip), None)

    def flips(self, count: int) -> list[FlipEntry]:
        """The last ``count`` flips, oldest first."""
        return list(self._flips("ORDER BY position DESC LIMIT ?", count))[::-1]

    def label_counts(self) -> dict[str, int]:
        """How many current labels that weigh something there are, by source."""
        query = "SELECT source, COUNT(*) FROM current_labels WHERE weight > 0 GROUP BY source"
        return {str(source): int(count) for source, count in self._rows(query)}

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it the diary is as it was at first, whatever others write meanwhile."""
        with disk_errors(self._directory):
            self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.rollback()

    def last_flip(self) -> FlipEntry | None:
        """The last one of this start of the machine."""
        return next(self._flips("WHERE boot = ? ORDER BY position DESC LIMIT 1", self.boot), None)

    def tallies(self, by: Literal["hour", "day"], count: int) -> list[Tally]:
        """Of the last ``count`` hours or days in which anything was heard or done, oldest first."""
        letters = len("2026-01-31") if by == "day" else len("2026-01-31T18")
        rows = self._rows(_SELECT_TALLIES, letters, count, TALLIED)
        return [Tally(*row) for row in rows][::-1]

    def counts(self) -> dict[str, int]:
        """How many exchanges, flips and current labels of each source there are."""
        counts = {table: self._count(table) for table in ("exchanges", "flips")}
        rows = self._rows("SELECT source, COUNT(*) FROM current_labels GROUP BY source")
        return counts | {f"labels by {source}": int(count) for source, count in rows}

    def _count(self, table: str) -> int:
        row = self._one(f"SELECT COUNT(*) FROM {table}")  # noqa: S608
        assert row is not None
        return int(row[0])

    def _exchanges(self, clause: str, *values: Any) -> Iterator[Exchange]:
        return self._exchanges_of(self._rows(_SELECT_EXCHANGES + clause, *values))

    def _exchanges_of(self, rows: Iterator[sqlite3.Row]) -> Iterator[Exchange]:
        for row in rows:
            try:
                read = exchange_of(row)
            except ValueError as error:
                self._skip("exchange", row["position"], error)
                continue
            yield self._held_object(read)

    def _flips(self, clause: str, *values: Any) -> Iterator[FlipEntry]:
        for row in self._rows(_SELECT_FLIPS + clause, *values):
            if is_flip(row):
                yield FlipEntry(*(row[entry.name] for entry in fields(FlipEntry)))
            else:
                self._skip("flip", row["position"], ValueError("a damaged flip"))

    def _skip(self, kind: str, position: int, error: ValueError) -> None:
        """One bad row costs itself and no other; it is said once."""
        if (kind, position) not in self._skipped:
            self._skipped.add((kind, position))
            log.warning("%s at position %d of the diary is left out", error, position)

    def _held_object(self, read: Exchange) -> Exchange:
        """The one object of the exchange that was just ``read``."""
        exchange = self._held.setdefault(read.id, read)
        if exchange.label is None:
            exchange.label = read.label
        return exchange

    def _one(self, query: str, *values: Any) -> sqlite3.Row | None:
        return next(self._rows(query, *values), None)

    def _rows(self, query: str, *values: Any) -> Iterator[sqlite3.Row]:
        with disk_errors(self._directory):
            yield from self._db.execute(query, values)
