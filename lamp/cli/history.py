"""``lamp history``: the flips and what they taught."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from lamp.cli.main import configuration
from lamp.diary.writer import Diary
from lamp.runtime.paths import diary_path


@click.command()
@click.option(
    "-n", "count", default=20, show_default=True, type=click.IntRange(min=1), help="How many flips."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def command(ctx: click.Context, count: int, as_json: bool) -> None:
    """List the flips and what they taught."""
    config = configuration(ctx)
    diary = Diary.open(diary_path(config), read_only=True)
    counts = diary.counts()
    for flip in diary.flips(count):
        exchange = diary.exchange(flip.exchange) if flip.exchange else None
        text = exchange.text if exchange else None
        if as_json:
            click.echo(json.dumps(asdict(flip) | {"text": text}))
            continue
        why = f"undid the {config.names.thing}" if flip.directive else "by hand"
        about = f"about “{text}”" if text is not None else "about nothing that was said"
        when = flip.wall[:19].replace("T", " ")
        click.echo(f"{when}  {config.names.of(flip.state):4}  {why}, {about}")
    diary.close()
    if not as_json:
        click.echo(f"In all: {counts['flips']} flips, and {counts['exchanges']} things heard.")
