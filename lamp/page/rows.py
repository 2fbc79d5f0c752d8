"""One thing that was heard, as the page tells it: what happened, why, and what it counts as now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lamp.config import Names
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader
from lamp.messages import State, opposite


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


def rows_of(diary: DiaryReader, exchanges: Sequence[Exchange], names: Names) -> list[Row]:
    """A row for each of ``exchanges``."""
    names_of_lessons = {name for each in exchanges for name in each.lessons}
    taught = {name: diary.exchange(name) for name in names_of_lessons}
    lessons = {name: lesson for name, lesson in taught.items() if lesson is not None}
    walls = diary.walls([*(each.id for each in exchanges), *lessons])
    return [_row(each, lessons, walls, names) for each in exchanges]


def _row(
    exchange: Exchange, lessons: Mapping[str, Exchange], walls: Mapping[str, str], names: Names
) -> Row:
    wall = walls.get(exchange.id, "")
    known = [lessons[name] for name in exchange.lessons if name in lessons]
    because = [_lesson(lesson, walls.get(lesson.id, ""), names) for lesson in known if lesson.text]
    means = exchange.label.action if exchange.label is not None else ""
    return Row(
        key=exchange.id,
        text=exchange.text,
        wall=wall,
        time=time_of_day(wall),
        did=_did(exchange, names),
        why=(*because, *_beliefs(exchange, names), exchange.reason.capitalize() + "."),
        counts_as=_counts_as(exchange.label, names),
        other_state=opposite(exchange.state_before),
        can_be_wrong=exchange.acted and means != "none",
        can_be_for_it=not exchange.acted and means in ("", "none"),
    )


def time_of_day(wall: str, today: date | None = None) -> str:
    """ "18:50:07" of a moment in ISO 8601; with the day in front, unless that is today."""
    day, _, hour = wall[:19].partition("T")
    if not hour or day == (today or date.today()).isoformat():
        return hour
    try:
        return f"{date.fromisoformat(day):%-d %b} {hour}"
    except ValueError:
        return hour  # of a damaged row


def _did(exchange: Exchange, names: Names) -> str:
    if not exchange.acted:
        return "Did nothing."
    sure = max(exchange.probabilities)
    return f"Went {names.of(exchange.action)} by itself ({sure:.0%} sure)."


def _lesson(lesson: Exchange, wall: str, names: Names) -> str:
    at = f" at {time_of_day(wall)}" if wall else ""
    heard = f"It is like “{lesson.text}”{at}"
    if lesson.label is None or lesson.label.weight <= 0:
        return f"{heard}, a lesson that was taken back since."
    if lesson.label.action == "none":
        return f"{heard}: that was talk, as you said."
    return f"{heard}, when you made it {names.of(lesson.label.action)}."


def _beliefs(exchange: Exchange, names: Names) -> Sequence[str]:
    by_words, believed = (
        f"nothing {none:.0%}, {names.lit} {lit:.0%}, {names.dark} {dark:.0%}"
        for none, lit, dark in (exchange.words, exchange.probabilities)
    )
    if by_words == believed:
        return (f"By its words it asked for: {by_words}.",)
    return (f"By its words it asked for: {by_words}.", f"All things considered: {believed}.")


def _counts_as(label: Label | None, names: Names) -> str:
    if label is None:
        return "It is not known yet what it meant."
    if label.source == "withdrawn":
        return "It teaches nothing: that lesson was taken back."
    what = "talk" if label.action == "none" else f"“{names.of(label.action)}”"
    how = {
        "flip": "you flipped the switch",
        "correction": "you took back what it did",
        "repeat": "you said it again, and then flipped the switch",
        "silence": "nobody flipped the switch",
        "kept": "nobody took back what it did",
    }[label.source]
    how = "you said so" if label.flip == "told" else how
    return f"It counts as {what}, because {how}."
