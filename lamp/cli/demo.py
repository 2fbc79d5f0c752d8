"""``lamp demo``: an evening in a simulated house, through the real five processes."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import click

TAKES = 40.0  # s, an evening as it is shown by default
MOST_MINUTES = 1440.0


@click.command()
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Another evening."
)
@click.option(
    "--minutes",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0.5, max=MOST_MINUTES),
    help="Length of the evening.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    help="Times faster than life; 0: as fast as this machine can.  [default: 40 s in all]",
)
@click.option(
    "--out",
    default=Path("demo-out"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the pictures.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON, and no evening.")
def command(seed: int, minutes: float, speed: float | None, out: Path, as_json: bool) -> None:
    """Play an evening in a simulated house and show how the lamp learns."""
    from lamp.simulate.demo import run_demo  # noqa: PLC0415

    if speed is None:
        speed = 0.0 if as_json else 60 * minutes / TAKES
    screen = sys.stderr if as_json else sys.stdout
    summary = run_demo(seed, out, minutes, speed=speed or math.inf, screen=screen)
    if as_json:
        click.echo(json.dumps(summary.as_json()))
