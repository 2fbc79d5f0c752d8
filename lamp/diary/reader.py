"""Reading the diary: what the trainer and the command line do, and the anticipator at its start."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from lamp.diary.exchange import Exchange, Label, LabelSource, Moment
from lamp.messages import Action, State

NEARBY = 50  # exchanges: times before and after a start of the machine do not compare
_SELECT_EXCHANGES = (
    "SELECT e.id, e.text, e.confidence, e.started, e.ended, e.state_before, e.none, e.lit, e.dark,"
    " e.action, e.reason, e.stages, e.level_db, e.words, e.moment,"
    " l.action, l.weight, l.source, l.flip"
    # The current label by the index: the view of them all would gather every exchange's first.
    " FROM exchanges e LEFT JOIN labels l"
    " ON l.position = (SELECT MAX(position) FROM labels WHERE exchange = e.id) "
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


class DiaryReader:
    """Everything that can be asked of a diary.

    Args:
        connection: to a diary of the current schema.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

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

    def flip(self, flip: str) -> FlipEntry | None:
        """The flip of this id."""
        row = self._db.execute(
            "SELECT id, state, at, wall, directive, exchange FROM flips WHERE id = ?", (flip,)
        ).fetchone()
        return FlipEntry(*row) if row else None

    def about_commands(self, count: int) -> list[Exchange]:
        """The last ``count`` exchanges that were acted on, flipped for or undone, newest first."""
        where = "WHERE l.weight > 0 AND l.source != 'silence' ORDER BY e.position DESC LIMIT ?"
        return list(self._select_exchanges(where, (count,)))

    def said_before(self, at: float, window: float, beside: str) -> list[Exchange]:
        """What was said in the ``window`` seconds before ``at``, around the exchange ``beside``."""
        where = (
            "JOIN exchanges there ON there.id = ?"
            " WHERE e.position BETWEEN there.position - ? AND there.position + ?"
            " AND e.ended BETWEEN ? AND ? ORDER BY e.position"
        )
        return list(self._select_exchanges(where, (beside, NEARBY, NEARBY, at - window, at)))


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
