"""A demo's evening as a moving picture: an SVG that plays in a page without a script."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from lamp.simulate.live_view import RIGHT, WRONG, Line

SECONDS = 30.0  # of the picture, in which the evening passes once
REST = 4.0  # s at the end in which the last lines stay
ROWS = 12  # lines that are seen at a time
HIGH, TOP, LEFT = 22, 64, 20  # px: of a line, above the first, beside them
WIDTH = 880
GROUND, INK, SOFT, GREEN, RED, YELLOW = (
    "#14171c", "#e5e7eb", "#8b93a1", "#4ade80", "#f87171", "#facc15",
)  # fmt: skip


def animate(lines: Sequence[Line], title: str, end: str) -> str:
    """The picture as the text of an SVG file; one that moves for ever.

    Args:
        lines: of the evening, in their order; each comes when it came, as the evening is sped up.
        title: above them.
        end: below them, when all is over.
    """
    last = max((line.at for line in lines), default=0.0) or 1.0
    whole = SECONDS + REST
    times = [100 * SECONDS / whole * line.at / last for line in lines]  # % of the picture
    height = TOP + HIGH * ROWS + 46
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            f' width="{WIDTH}" height="{height}" font-size="14"'
            ' font-family="ui-monospace, Menlo, Consolas, monospace"'
            f' fill="{INK}" role="img" aria-label="{escape(title)}">',
            "<style>",
            f".l{{opacity:0;animation:{whole:g}s linear infinite}}",
            f"#all{{animation:roll {whole:g}s infinite}}",
            f"#lamp{{animation:lamp {whole:g}s infinite}}",
            f"#end{{animation:end {whole:g}s infinite}}",
            *_appearances(times),
            _roll(times),
            _lamp(lines, times),
            f"@keyframes end{{0%,{100 * SECONDS / whole:.2f}%{{opacity:0}}"
            f"{100 * SECONDS / whole + 1:.2f}%,100%{{opacity:1}}}}",
            "</style>",
            f'<rect width="{WIDTH}" height="{height}" rx="10" fill="{GROUND}"/>',
            f'<text x="{LEFT}" y="36" font-size="17" font-weight="bold">{escape(title)}</text>',
            f'<circle id="lamp" cx="{WIDTH - 44}" cy="32" r="16" stroke="{SOFT}"/>',
            f'<clipPath id="seen"><rect x="0" y="{TOP - 4}" width="{WIDTH}" height='
            f'"{HIGH * ROWS + 4}"/></clipPath>',
            '<g clip-path="url(#seen)"><g id="all">',
            *(_row(number, line) for number, line in enumerate(lines)),
            "</g></g>",
            f'<text id="end" x="{LEFT}" y="{height - 16}" fill="{YELLOW}">{escape(end)}</text>',
            "</svg>\n",
        ]
    )


def _appearances(times: Sequence[float]) -> list[str]:
    return [
        f"@keyframes a{number}{{0%,{at:.2f}%{{opacity:0}}{at + 0.3:.2f}%,100%{{opacity:1}}}}"
        f"#r{number}{{animation-name:a{number}}}"
        for number, at in enumerate(times)
    ]


def _roll(times: Sequence[float]) -> str:
    """The lines move up by one whenever another comes below the last place."""
    steps = ["0%{transform:translateY(0)}"]
    for number, at in enumerate(times[ROWS:], start=1):
        before, after = -HIGH * (number - 1), -HIGH * number
        steps.append(f"{at:.2f}%{{transform:translateY({before}px)}}")
        steps.append(f"{min(100.0, at + 0.3):.2f}%{{transform:translateY({after}px)}}")
    last = -HIGH * max(0, len(times) - ROWS)
    return f"@keyframes roll{{{''.join(steps)}100%{{transform:translateY({last}px)}}}}"


def _lamp(lines: Sequence[Line], times: Sequence[float]) -> str:
    steps, before = [f"0%{{fill:{GROUND}}}"], GROUND
    for line, at in zip(lines, times, strict=True):
        now = YELLOW if line.state == "lit" else GROUND
        if now != before:
            steps.append(f"{at:.2f}%{{fill:{before}}}{at + 0.2:.2f}%{{fill:{now}}}")
            before = now
    return f"@keyframes lamp{{{''.join(steps)}100%{{fill:{before}}}}}"


def _row(number: int, line: Line) -> str:
    y = TOP + HIGH * number + 14
    clock = f"{int(line.at) // 60}:{int(line.at) % 60:02d}"
    colour = {RIGHT: GREEN, WRONG: RED}.get(line.mark, SOFT if line.mark else INK)
    lamp = f'<tspan fill="{YELLOW}">(*)</tspan>' if line.state == "lit" else "( )"
    return (
        f'<text id="r{number}" class="l" y="{y}" xml:space="preserve">'
        f'<tspan x="{LEFT}" fill="{SOFT}">{clock:>5}</tspan>'
        f'<tspan x="{LEFT + 60}">{escape(line.text)}</tspan>'
        f'<tspan x="{WIDTH - 110}">{lamp} </tspan><tspan fill="{colour}">{line.mark}</tspan></text>'
    )
