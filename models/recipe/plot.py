"""The curve of a run as a small picture for the model card.

    python -m models.recipe.plot --run RUN --to models/potato-wav2vec2/curve.svg

Plain SVG, so that the picture stays a few kilobytes of text and needs no drawing library.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 320, 60, 24, 60, 44
COLOURS = {"error": "#b3261e", "distil": "#1a5fb4"}
NAMES = {
    "error": "letter errors against the teacher, in noise",
    "distil": "distillation loss",
}
Curve = Sequence[dict[str, float]]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Draw the curve of a run.")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    lines = (options.run / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    options.to.write_text(draw([json.loads(line) for line in lines]), encoding="utf-8")


def draw(curve: Curve) -> str:
    """An SVG document: both measures over the hours of audio heard."""
    most = max(point["hours"] for point in curve)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for number, name in enumerate(NAMES):
        top = max(point[name] for point in curve)
        parts.append(line([(p["hours"] / most, p[name] / top) for p in curve], COLOURS[name]))
        parts.append(
            f'<text x="{LEFT + 90}" y="{TOP + 16 * (number + 1)}" fill="{COLOURS[name]}">'
            f"{NAMES[name]}: {curve[-1][name]:.2f} at the end, {top:.2f} at most</text>"
        )
    for tenth in range(0, 11, 2):
        x = LEFT + (WIDTH - LEFT - RIGHT) * tenth / 10
        parts.append(
            f'<text x="{x:.0f}" y="{HEIGHT - 22}" text-anchor="middle">'
            f"{most * tenth / 10:.0f}</text>"
        )
    parts.append(
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">hours of audio heard</text>'
    )
    floor = HEIGHT - BOTTOM
    parts.append(f'<path d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}" fill="none" stroke="black"/>')
    return "\n".join([*parts, "</svg>", ""])


def line(points: Sequence[tuple[float, float]], colour: str) -> str:
    """A line through points of the unit square."""
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    path = " ".join(f"{LEFT + x * wide:.1f},{TOP + (1 - y) * high:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


if __name__ == "__main__":
    main()
