"""``lamp why``: the last things heard, and what was made of them, in sentences."""

from __future__ import annotations

import shutil
import textwrap
from contextlib import closing
from dataclasses import asdict

import click
import msgspec

from lamp.cli.main import configuration
from lamp.diary.writer import Diary
from lamp.owner import Explanation, explain
from lamp.runtime.paths import diary_path

_WIDEST = 100  # columns that are still read with ease


@click.command()
@click.option(
    "-n", "count", default=5, show_default=True, type=click.IntRange(min=1), help="How many."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def command(ctx: click.Context, count: int, as_json: bool) -> None:
    """Say what was heard last, and why the lamp did what it did."""
    config = configuration(ctx)
    with closing(Diary.open(diary_path(config), read_only=True)) as diary:
        exchanges = diary.last_exchanges(count)
        told = [explain(diary, exchange, config.names) for exchange in exchanges]
        walls = diary.walls(exchange.id for exchange in exchanges)
    if as_json:
        for exchange, explanation in zip(exchanges, told, strict=True):
            more = {"wall": walls.get(exchange.id), "explanation": asdict(explanation)}
            click.echo(msgspec.json.encode(asdict(exchange) | more))
        return
    if not told:
        click.echo("Nothing was heard yet.")
        return
    for explanation in told:
        click.echo(_paragraph(explanation) + "\n")
    click.echo("To change that: lamp wrong ID, lamp meant lit|dark ID, lamp forget ID")


def _paragraph(told: Explanation) -> str:
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    sentences = " ".join((told.happened, *told.why, told.counts_as))
    lines = textwrap.wrap(sentences, width, initial_indent="  ", subsequent_indent="  ")
    return "\n".join([f"{told.heard}  ID {told.exchange}", *lines])
