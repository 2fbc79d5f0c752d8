"""``lamp demo``: an evening in a simulated house, through the real five processes."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.option("--seed", default=0, show_default=True, help="Another evening.")
@click.option("--minutes", default=30.0, show_default=True, help="Length of the evening.")
@click.option(
    "--out",
    default=Path("demo-out"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the picture of the learning curve.",
)
@click.option("--json", "as_json", is_flag=True, help="End with the summary as JSON.")
def command(seed: int, minutes: float, out: Path, as_json: bool) -> None:
    """Play an evening in a simulated house and show how the lamp learns."""
    from lamp.simulate.demo import run_demo  # noqa: PLC0415

    summary = run_demo(seed=seed, out=out, minutes=minutes)
    if as_json:
        click.echo(json.dumps(summary.as_json()))
