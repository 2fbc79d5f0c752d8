"""The learning curve: who changed the light, by the hour or by the day, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lamp.diary.reader import Tally

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 36, 8, 12, 28  # px around the bars
MOST = 16  # bars
WIDEST = 40.0  # px of a bar


@dataclass(frozen=True)
class Bar:
    """A rectangle; px from the left and from the top."""

    x: float
    y: float
    width: float
    height: float
    kind: str  # rightly, by-hand, undone


@dataclass(frozen=True)
class Curve:
    """What the template draws.

    ticks: (px from the top, number) of the changes of light.
    labels: (px from the left, text) of the hours or days.
    summary: the last of them in a sentence.
    """

    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, int]]
    labels: Sequence[tuple[float, str]]
    tallies: Sequence[Tally]
    summary: str


def draw(tallies: Sequence[Tally], thing: str) -> Curve:
    """The curve of ``tallies``, oldest first; one bar each, of the changes of light."""
    shown = [each for each in tallies if each.by_itself or each.by_hand or each.undone][-MOST:]
    most = max((sum(size for _, size in _parts(each)) for each in shown), default=1)
    ceiling = next(top for top in (4, 10, 20, 40, 100, 200, 400, 10**9) if top >= most)
    space, room = (WIDTH - LEFT - RIGHT) / max(1, len(shown)), HEIGHT - TOP - BOTTOM
    width = min(WIDEST, 0.7 * space)
    bars, labels = [], []
    for number, each in enumerate(shown):
        x, y = LEFT + space * (number + 0.5) - width / 2, float(TOP + room)
        for kind, size in _parts(each):
            height = room * size / ceiling
            y -= height
            if size:
                bars.append(Bar(round(x, 1), round(y, 1), round(width, 1), round(height, 1), kind))
        if number % (1 + len(shown) // 6) == 0:
            labels.append((round(x + width / 2, 1), label(each)))
    ticks = [(TOP + room * (1 - part), round(ceiling * part)) for part in (0, 0.5, 1)]
    return Curve(bars, ticks, labels, shown, _summary(shown, thing))


def label(tally: Tally) -> str:
    """The hour or the day of a tally: "18:00", "31 Jan"."""
    day, _, hour = tally.since.partition("T")
    if hour:
        return f"{hour}:00"
    try:
        return f"{date.fromisoformat(day):%-d %b}"
    except ValueError:
        return day  # of a damaged row


def rightly(tally: Tally) -> int:
    """Changes that the lamp made by itself and that were left so."""
    return max(0, tally.by_itself - tally.undone)


def _parts(tally: Tally) -> tuple[tuple[str, int], ...]:
    return ("rightly", rightly(tally)), ("by-hand", tally.by_hand), ("undone", tally.undone)


def _summary(shown: Sequence[Tally], thing: str) -> str:
    if not shown:
        return "Nothing has changed the light yet."
    last = shown[-1]
    return (
        f"{label(last)}: {_times(rightly(last))} the {thing} changed by itself and was left so,"
        f" {_times(last.by_hand)} you flipped the switch,"
        f" {_times(last.undone)} you took back what it did."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
