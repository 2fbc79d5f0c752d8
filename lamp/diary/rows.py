"""Between an :class:`Exchange` and its row: the only place that names the columns of both.

The reader asks for ``e.*`` and the current label as ``label_action``, ``label_weight``,
``label_source`` and ``label_flip``; the writer takes the columns from :func:`exchange_row`.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any, cast, get_args

import msgspec

from lamp.diary.exchange import Exchange, Label, LabelSource, Moment
from lamp.messages import ACTIONS, Action
from lamp.soft_text import SoftText

SOURCES: tuple[LabelSource, ...] = get_args(LabelSource)
Probabilities = tuple[float, float, float]


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
    names = ("action", "weight", "source", "flip")
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
    if row["state_before"] not in ("lit", "dark") or row["action"] not in ACTIONS:
        return False
    try:
        msgspec.json.decode(row["stages"], type=dict[str, float])
        columns = set(row.keys())  # early diaries have fewer
        for name in columns & {"words", "memory"}:
            msgspec.json.decode(row[name], type=Probabilities | None)
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
    )
