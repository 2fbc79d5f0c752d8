"""One thing that was heard, as the page tells it: what happened, why, and what it counts as now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lamp.config import Names
from lamp.diary.exchange import Exchange
from lamp.diary.reader import DiaryReader
from lamp.messages import State, opposite
from lamp.owner.explain import explain, time_of_day


@dataclass(frozen=True)
class Row:
    """What the template shows of an exchange.

    wall: ISO 8601, or empty.
    why: sentences, the most telling first.
    """

    key: str
    text: str
    wall: str
    time: str
    did: str
    why: Sequence[str]
    counts_as: str
    other_state: State
    can_be_wrong: bool
    can_be_for_it: bool


def rows_of(
    diary: DiaryReader, exchanges: Sequence[Exchange], names: Names, today: date | None = None
) -> list[Row]:
    """A row for each of ``exchanges``; see :func:`explain` for ``today``."""
    today = today or datetime.now().astimezone().date()
    walls = diary.walls(each.id for each in exchanges)
    return [_row(diary, each, walls.get(each.id, ""), names, today) for each in exchanges]


def _row(diary: DiaryReader, exchange: Exchange, wall: str, names: Names, today: date) -> Row:
    explanation = explain(diary, exchange, names, today)
    means = exchange.label.action if exchange.label is not None else ""
    return Row(
        key=exchange.id,
        text=exchange.text,
        wall=wall,
        time=time_of_day(wall, today),
        did=explanation.happened,
        why=(*explanation.why, *_beliefs(exchange, names)),
        counts_as=explanation.counts_as,
        other_state=opposite(exchange.state_before),
        can_be_wrong=exchange.acted and means != "none",
        can_be_for_it=not exchange.acted and means in ("", "none"),
    )


def _beliefs(exchange: Exchange, names: Names) -> Sequence[str]:
    by_words, believed = (
        f"nothing {none:.0%}, {names.lit} {lit:.0%}, {names.dark} {dark:.0%}"
        for none, lit, dark in (exchange.words, exchange.probabilities)
    )
    if by_words == believed:
        return (f"By its words it asked for: {by_words}.",)
    return (f"By its words it asked for: {by_words}.", f"All things considered: {believed}.")
