"""Between an :class:`Exchange` and its row: the only place that names the columns of both.

The reader asks for ``e.*`` and the current label as ``label_action``, ``label_weight``,
``label_source`` and ``label_flip``; the writer takes the columns from :func:`exchange_row`.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any, cast

import msgspec

from lamp.diary.exchange import Exchange, Label, LabelSource, Moment
from lamp.messages import Action
from lamp.soft_text import SoftText

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
    """The exchange in a row of the table ``exchanges`` with its current label beside it."""
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
    """What was heard; an older lamp wrote down the text alone."""
    return SoftText.decode(row["soft"]) if row["soft"] else SoftText.of_text(row["text"])


def label_of(row: sqlite3.Row, prefix: str = "label_") -> Label | None:
    """The label in the columns that begin with ``prefix``; None where they are empty."""
    action, weight, source, flip = (
        row[prefix + name] for name in ("action", "weight", "source", "flip")
    )
    if action is None:
        return None
    return Label(cast(Action, action), weight, cast(LabelSource, source), flip)


def label_columns(table: str, prefix: str = "label_") -> str:
    """What to SELECT of the label log under the name ``table``, for :func:`label_of`."""
    names = ("action", "weight", "source", "flip")
    return ", ".join(f"{table}.{name} AS {prefix}{name}" for name in names)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
