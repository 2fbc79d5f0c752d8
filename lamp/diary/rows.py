"""Between an :class:`Exchange` and its row: the only place that names the columns of both.

Each row has a checksum of its columns, for a file that SQLite calls whole may still have a wrong
letter or number in it.

>>> checksum(("lumos", 1)) == checksum(("lumos", 1.0)) != checksum(("lumus", 1))
True

The reader asks for ``e.*`` and the current label as ``label_action``, ``label_weight``,
``label_source`` and ``label_flip``; the writer takes the columns from :func:`exchange_row`.
"""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, cast, get_args

import msgspec

from lamp.diary.exchange import Exchange, Label, LabelSource, Moment
from lamp.messages import ACTIONS, Action
from lamp.soft_text import SoftText

SOURCES: tuple[LabelSource, ...] = get_args(LabelSource)
Probabilities = tuple[float, float, float]

#: What the checksum of a row is made of, in this order; a position may be given anew.
COLUMNS: dict[str, tuple[str, ...]] = {
    "exchanges": (
        *("id", "text", "confidence", "started", "ended", "wall", "state_before", "none", "lit"),
        *("dark", "action", "reason", "stages", "level_db", "words", "moment", "soft", "memory"),
        *("boot", "lessons"),
    ),
    "flips": ("id", "state", "at", "wall", "directive", "exchange", "boot"),
    "labels": ("exchange", "action", "weight", "source", "flip"),
}


NO_CHECKSUM = -1  # the columns' default in the schema


def checksum(values: Iterable[Any]) -> int:
    """CRC-32 of texts and numbers, the same before SQLite has stored them and after."""
    found = 0
    for value in values:
        if isinstance(value, int | float):
            # SQLite gives a float for an int, and zero for minus zero, where a column is REAL.
            found = zlib.crc32(struct.pack("<d", value + 0.0), found)
        else:
            raw = value.encode() if isinstance(value, str) else bytes(value or b"")
            found = zlib.crc32(b"%d:%b" % (len(raw), raw), found)
    return found


def text_of(raw: bytes) -> str:
    """For connections: a text that is none costs its row alone, whose checksum tells."""
    return raw.decode(errors="replace")


def with_checksum(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """``row``, all columns of ``table`` by name, and its checksum."""
    return row | {"checksum": checksum(row[name] for name in COLUMNS[table])}


def insertion(table: str, row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The statement that writes ``row`` with its checksum, and its values.

    One that is there already, by its id or position, stays as it is.
    """
    row = with_checksum(table, row)
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    return f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", row  # noqa: S608


def exchange_row(exchange: Exchange, wall: datetime) -> dict[str, Any]:
    """The columns of the table ``exchanges`` by name; ``wall`` is when it was written down."""
    none, lit, dark = exchange.probabilities
    return {
        "id": exchange.id,
        "text": exchange.text,
        "confidence": exchange.confidence,
        "started": exchange.started,
        "ended": exchange.ended,
        "wall": wall.isoformat(timespec="milliseconds"),
        "state_before": exchange.state_before,
        "none": none,
        "lit": lit,
        "dark": dark,
        "action": exchange.action,
        "reason": exchange.reason,
        "stages": _json(exchange.stages),
        "level_db": exchange.level_db,
        "words": _json(exchange.words),
        "moment": _json(exchange.moment),
        "soft": exchange.soft.encode(),
        "memory": _json(exchange.memory),
        "lessons": _json(exchange.lessons),
    }


def exchange_of(row: sqlite3.Row) -> Exchange:
    """The exchange in a row of the table ``exchanges`` with its current label beside it.

    Raises:
        ValueError: it is damaged.
    """
    if not is_exchange(row):
        raise ValueError("a damaged exchange")
    probabilities: Probabilities = (row["none"], row["lit"], row["dark"])
    return Exchange(
        id=row["id"],
        text=row["text"],
        confidence=row["confidence"],
        started=row["started"],
        ended=row["ended"],
        state_before=row["state_before"],
        probabilities=probabilities,
        words=msgspec.json.decode(row["words"], type=Probabilities | None) or probabilities,
        action=row["action"],
        reason=row["reason"],
        stages=msgspec.json.decode(row["stages"]),
        level_db=row["level_db"],
        moment=msgspec.json.decode(row["moment"], type=Moment | None),
        label=label_of(row),
        soft=soft_of(row),
        memory=msgspec.json.decode(row["memory"], type=Probabilities | None) or (0.0, 0.0, 0.0),
        lessons=msgspec.json.decode(row["lessons"], type=tuple[str, ...]),
        position=row["position"],
    )


def soft_of(row: sqlite3.Row) -> SoftText:
    """What was heard; the text alone where an older lamp wrote it, or the rest is damaged."""
    try:
        return SoftText.decode(row["soft"]) if row["soft"] else SoftText.of_text(row["text"])
    except (msgspec.MsgspecError, TypeError):
        return SoftText.of_text(row["text"])


def label_of(row: sqlite3.Row, prefix: str = "label_") -> Label | None:
    """The label in the columns that begin with ``prefix``; None where they are empty.

    Raises:
        ValueError: they are damaged.
    """
    action, weight, source, flip = (
        row[prefix + name] for name in ("action", "weight", "source", "flip")
    )
    if action is None:
        return None
    if not is_label(row, prefix):
        raise ValueError("a damaged label")
    return Label(cast(Action, action), weight, cast(LabelSource, source), flip)


def label_columns(table: str, prefix: str = "label_") -> str:
    """What to SELECT of the label log under the name ``table``, for :func:`label_of`."""
    names = (*COLUMNS["labels"], "checksum")
    return ", ".join(f"{table}.{name} AS {prefix}{name}" for name in names)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def is_exchange(row: sqlite3.Row) -> bool:
    """Whether a row of the table ``exchanges`` is one: damaged bytes make anything of it."""
    texts = ("id", "text", "wall", "reason")
    numbers = ("confidence", "started", "ended", "none", "lit", "dark", "level_db")
    if not all(isinstance(row[name], str) for name in texts):
        return False
    if not all(isinstance(row[name], int | float) for name in numbers):
        return False
    if not _is_as_written(row, "exchanges"):
        return False
    if row["state_before"] not in ("lit", "dark") or row["action"] not in ACTIONS:
        return False
    try:
        msgspec.json.decode(row["stages"], type=dict[str, float])
        columns = set(row.keys())  # early diaries have fewer
        for name in columns & {"words", "memory"}:
            msgspec.json.decode(row[name], type=Probabilities | None)
        if "lessons" in columns:
            msgspec.json.decode(row["lessons"], type=tuple[str, ...])
        if "moment" in columns:
            msgspec.json.decode(row["moment"], type=Moment | None)
    except (msgspec.MsgspecError, TypeError):
        return False
    return True


def is_flip(row: sqlite3.Row) -> bool:
    """The same for the table ``flips``."""
    texts = {"id", "wall", "directive", "exchange", "boot"} & set(row.keys())  # early ones: no boot
    return (
        all(isinstance(row[name], str) for name in texts)
        and row["state"] in ("lit", "dark")
        and isinstance(row["at"], int | float)
        and _is_as_written(row, "flips")
    )


def is_label(row: sqlite3.Row, prefix: str = "") -> bool:
    """The same for the table ``labels``."""
    weight, source = row[f"{prefix}weight"], row[f"{prefix}source"]
    return (
        row[f"{prefix}action"] in ACTIONS
        and isinstance(weight, int | float)
        and 0 <= weight <= 1
        and source in SOURCES
        and isinstance(row[f"{prefix}flip"], str)
        and _is_as_written(row, "labels", prefix)
    )


#: Whether a row of each table is one.
IS_ONE: dict[str, Callable[[sqlite3.Row], bool]] = {
    "exchanges": is_exchange,
    "flips": is_flip,
    "labels": is_label,
}


def _is_as_written(row: sqlite3.Row, table: str, prefix: str = "") -> bool:
    """Whether its checksum is right; rows of older lamps have none, or the column's default."""
    name = f"{prefix}checksum"
    if name not in row.keys() or row[name] == NO_CHECKSUM:  # noqa: SIM118  a Row is no dict
        return True
    return bool(row[name] == checksum(row[prefix + column] for column in COLUMNS[table]))
