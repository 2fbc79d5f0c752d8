"""What happened with an utterance, in sentences for its owner.

>>> explain_reason("dark is 79% likely, 70% needed", acted=True, names=Names())
'It was 79% sure that dark was wanted, and 70% is enough.'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from lamp.config import Names
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader
from lamp.messages import Action
from lamp.owner.requests import BY_WORD

LESSONS = 1  # earlier ones that are told of


@dataclass(frozen=True)
class Explanation:
    """Four sentences or more about one exchange.

    exchange: its id.
    heard: what was heard, with the time of day.
    happened: what the lamp did.
    why: the earlier lesson it is most like, and how sure the lamp was.
    counts_as: what it means from now on, and from what that is known.
    """

    exchange: str
    heard: str
    happened: str
    why: tuple[str, ...]
    counts_as: str


def explain(
    diary: DiaryReader, exchange: Exchange, names: Names, today: date | None = None
) -> Explanation:
    """What there is to say of ``exchange``.

    Args:
        diary: has its earlier lessons and the flip it was labelled by.
        exchange: of that diary.
        names: what the owner calls the thing and its states.
        today: of the reader; of another day, the day is said, too.
    """
    today = today or datetime.now().astimezone().date()
    found = [diary.exchange(name) for name in exchange.lessons]
    lessons = [lesson for lesson in found if lesson is not None][:LESSONS]
    walls = diary.walls([exchange.id, *(lesson.id for lesson in lessons)])
    day = _day(walls.get(exchange.id, "")) or today  # which all else is told from
    said_at = {name: time_of_day(wall, day) for name, wall in walls.items()}
    flip = diary.flip(exchange.label.flip) if exchange.label and exchange.label.flip else None
    flipped = f" at {time_of_day(flip.wall, day)}" if flip else ""
    because = [_lesson(lesson, said_at.get(lesson.id, ""), names) for lesson in lessons]
    if exchange.acted and not because:
        because = ["It is like no single lesson of yours, but like parts of several."]
    return Explanation(
        exchange.id,
        f"{time_of_day(walls.get(exchange.id, ''), today)} heard “{exchange.text}”.".strip(),
        f"The {names.thing} went {names.of(exchange.action)} by itself."
        if exchange.acted
        else f"The {names.thing} stayed {names.of(exchange.state_before)}.",
        (*because, explain_reason(exchange.reason, exchange.acted, names)),
        counts_as(exchange.label, names, flipped),
    )


def _day(wall: str) -> date | None:
    try:
        return datetime.fromisoformat(wall).date()
    except ValueError:
        return None


def time_of_day(wall: str, today: date) -> str:
    """ "18:50:07" of a moment in ISO 8601; with the day in front, unless that is ``today``."""
    try:
        moment = datetime.fromisoformat(wall)
    except ValueError:
        return ""  # of a damaged row
    if moment.date() == today:
        return f"{moment:%H:%M:%S}"
    return f"{moment.day} {moment:%b %H:%M:%S}"


def explain_reason(reason: str, acted: bool, names: Names) -> str:
    """The reason of a decision (:mod:`lamp.anticipator.decision`) as a sentence."""
    if match := re.fullmatch(r"(lit|dark) is (\d+)% likely, (\d+)% needed", reason):
        state = names.of(cast(Action, match[1]))
        sure = f"{match[2]}% sure that {state} was wanted"
        if acted:
            return f"It was {sure}, and {match[3]}% is enough."
        return f"It was only {sure}, and needs {match[3]}%."
    if match := re.match(r"nothing was asked for, (\d+)% likely", reason):
        return f"By the words, it was {match[1]}% sure that nothing was asked for."
    if match := re.fullmatch(r"it is (lit|dark) already", reason):
        return f"It was {names.of(cast(Action, match[1]))} already."
    if reason.startswith("it was undone the last time"):
        return "You undid what it did at these words, and have not taught them since."
    if match := re.fullmatch(r"too late: said ([\d.]+) s ago", reason):
        return f"It had understood too late: the words were {match[1]} s ago."
    return f"{reason[:1].upper()}{reason[1:]}."


def counts_as(label: Label | None, names: Names, flipped: str = "") -> str:
    """What an utterance means now; ``flipped`` is when the switch was, as " at 18:50:07"."""
    if label is None:
        return "It is not known yet what it meant."
    if label.source == "withdrawn":
        return f"You flipped the switch{flipped} and back again, so it teaches nothing."
    meaning = "talk" if label.action == "none" else names.of(label.action)
    if label.flip == BY_WORD:
        return f"You said what it meant, so it counts as {meaning} now."
    because = {
        "flip": f"You flipped the switch{flipped}",
        "correction": f"You undid that{flipped}",
        "repeat": f"You said it again, and then flipped the switch{flipped}",
        "silence": "Nobody touched the switch",
        "kept": "Nobody undid that",
    }[label.source]
    perhaps = "perhaps " if label.weight < 0.5 else ""
    return f"{because}, so it counts as {perhaps}{meaning} now."


def _lesson(lesson: Exchange, said: str, names: Names) -> str:
    like = f"It sounds like “{lesson.text}”" + (f" of {said}" if said else "")
    if lesson.label is None or lesson.label.weight <= 0:
        return f"{like}, a lesson that was taken back since."
    if lesson.label.action == "none":
        return f"{like}, which was talk, as you showed it."
    return f"{like}, when you made it {names.of(lesson.label.action)}."
