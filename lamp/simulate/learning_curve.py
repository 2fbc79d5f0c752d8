"""The learning curve of an evening as an SVG picture, written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 560
LEFT, RIGHT = 74, 24
TOP, UPPER, GAP, LOWER = 92, 230, 46, 120  # px: head, upper panel, between, lower panel
WINDOW = 10  # commands in the running share
CEILINGS = tuple(4 * n * 10**k for k in range(6) for n in (1, 2, 5))  # of the lower panel
MINUTE_STEPS = tuple(n * 10**k for k in range(5) for n in (1, 2, 5))

BLUE, ORANGE, RED, GREY, PALE, INK = (
    "#1f6fb2",
    "#d9730d",
    "#b3261e",
    "#6b7280",
    "#e5e7eb",
    "#1f2937",
)


@dataclass(frozen=True)
class Curve:
    """What the picture shows; all times in minutes. With a switch alone, each command is a flip."""

    title: str
    minutes: float
    commands: Sequence[tuple[float, bool]]  # (when, obeyed at once)
    flips: Sequence[float]
    false_actions: Sequence[float]


def draw(curve: Curve) -> str:
    """The picture as the text of an SVG file."""
    lower_top = TOP + UPPER + GAP
    most = max(len(curve.flips), len(curve.false_actions), len(curve.commands), 4)
    ceiling = next(top for top in CEILINGS if top >= most)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="Helvetica, Arial, sans-serif" '
        f'font-size="13" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="30" font-size="18" font-weight="bold">{escape(curve.title)}</text>',
        *_legend(curve),
        *_frame(curve, TOP, UPPER, [(f"{p}%", p / 100) for p in (0, 25, 50, 75, 100)]),
        *_frame(curve, lower_top, LOWER, [(f"{ceiling * i // 4}", i / 4) for i in (0, 1, 2, 3, 4)]),
        *_minutes(curve, lower_top + LOWER),
        _side_label("commands obeyed", TOP + UPPER / 2),
        _side_label("times so far", lower_top + LOWER / 2),
        *_commands(curve),
        f'<text x="{LEFT + 8}" y="{lower_top + 14}" fill="{GREY}">with a plain switch:'
        f" {len(curve.commands)} flips</text>",
        _steps(curve, curve.flips, ceiling, lower_top, ORANGE),
        _steps(curve, curve.false_actions, ceiling, lower_top, RED, dashed=True),
        _steps(curve, [when for when, _ in curve.commands], ceiling, lower_top, GREY),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def running_share(commands: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """(minute, share of the last WINDOW commands obeyed at once), from the first on."""
    shares = []
    for position, (when, _) in enumerate(commands):
        recent = commands[max(0, position - WINDOW + 1) : position + 1]
        shares.append((when, sum(obeyed for _, obeyed in recent) / len(recent)))
    return shares


def _x(curve: Curve, minute: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, minute / curve.minutes)


def _legend(curve: Curve) -> list[str]:
    y = 58
    return [
        f'<line x1="{LEFT}" y1="{y - 4}" x2="{LEFT + 26}" y2="{y - 4}" stroke="{BLUE}" '
        'stroke-width="3"/>',
        f'<text x="{LEFT + 32}" y="{y}">share of the last {WINDOW} commands</text>',
        f'<circle cx="{LEFT + 250}" cy="{y - 4}" r="4" fill="{BLUE}"/>',
        f'<text x="{LEFT + 260}" y="{y}">obeyed at once</text>',
        f'<circle cx="{LEFT + 376}" cy="{y - 4}" r="3.5" fill="white" stroke="{GREY}" '
        'stroke-width="1.5"/>',
        f'<text x="{LEFT + 386}" y="{y}">not</text>',
        f'<line x1="{LEFT + 430}" y1="{y - 4}" x2="{LEFT + 456}" y2="{y - 4}" '
        f'stroke="{ORANGE}" stroke-width="2.5"/>',
        f'<text x="{LEFT + 462}" y="{y}">flips needed ({len(curve.flips)})</text>',
        f'<line x1="{LEFT + 592}" y1="{y - 4}" x2="{LEFT + 618}" y2="{y - 4}" stroke="{RED}" '
        'stroke-width="2.5" stroke-dasharray="6 4"/>',
        f'<text x="{LEFT + 624}" y="{y}">false actions ({len(curve.false_actions)})</text>',
    ]


def _frame(curve: Curve, top: float, height: float, ticks: list[tuple[str, float]]) -> list[str]:
    """Grid lines with their labels; a tick is (label, part of the height from below)."""
    right = _x(curve, curve.minutes)
    lines = []
    for label, part in ticks:
        y = top + height * (1 - part)
        colour = GREY if part == 0 else PALE
        lines.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}" stroke="{colour}"/>'
        )
        lines.append(
            f'<text x="{LEFT - 10}" y="{y + 4.5:.1f}" text-anchor="end" fill="{GREY}">'
            f"{label}</text>"
        )
    return lines


def _minutes(curve: Curve, bottom: float) -> list[str]:
    step = next(step for step in MINUTE_STEPS if curve.minutes / step <= 8)
    marks = [step * i for i in range(int(curve.minutes / step) + 1)]
    lines = [
        f'<text x="{_x(curve, mark):.1f}" y="{bottom + 20}" text-anchor="middle" fill="{GREY}">'
        f"{mark}</text>"
        for mark in marks
    ]
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    lines.append(
        f'<text x="{middle:.1f}" y="{bottom + 42}" text-anchor="middle">minutes of the evening'
        "</text>"
    )
    return lines


def _side_label(text: str, y: float) -> str:
    return f'<text transform="translate(20 {y:.1f}) rotate(-90)" text-anchor="middle">{text}</text>'


def _commands(curve: Curve) -> list[str]:
    """A dot for each command (obeyed above, not obeyed below), and the running share."""
    line = " ".join(
        f"{_x(curve, when):.1f},{TOP + UPPER * (1 - share):.1f}"
        for when, share in running_share(curve.commands)
    )
    dots = [
        f'<circle cx="{_x(curve, when):.1f}" cy="{TOP}" r="4" fill="{BLUE}"/>'
        if obeyed
        else f'<circle cx="{_x(curve, when):.1f}" cy="{TOP + UPPER}" r="3.5" fill="white" '
        f'stroke="{GREY}" stroke-width="1.5"/>'
        for when, obeyed in curve.commands
    ]
    share = (
        f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="3" '
        'stroke-linejoin="round"/>'
    )
    return [share, *dots]


def _steps(
    curve: Curve,
    times: Sequence[float],
    ceiling: int,
    top: float,
    colour: str,
    dashed: bool = False,
) -> str:
    """A staircase that goes up by one at each time."""
    count, points = 0, [(0.0, 0)]
    for when in sorted(times):
        points += [(when, count), (when, count + 1)]
        count += 1
    points.append((curve.minutes, count))
    line = " ".join(
        f"{_x(curve, when):.1f},{top + LOWER * (1 - height / ceiling):.1f}"
        for when, height in points
    )
    dashes = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"{dashes}/>'
