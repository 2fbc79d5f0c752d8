"""``lamp why``: the last exchanges, and what was made of them."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from lamp.cli.main import configuration
from lamp.config import Names
from lamp.diary.exchange import Exchange, Label, Moment
from lamp.diary.writer import Diary
from lamp.runtime.paths import diary_path


@click.command()
@click.option("-n", "count", default=5, show_default=True, help="How many exchanges.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def command(ctx: click.Context, count: int, as_json: bool) -> None:
    """Say what was heard last, and why the lamp did what it did."""
    config = configuration(ctx)
    diary = Diary.open(diary_path(config), read_only=True)
    exchanges = diary.last_exchanges(count)
    flips = {flip.id: flip.wall for flip in diary.flips(10 * count)}
    diary.close()
    if not exchanges and not as_json:
        click.echo("Nothing was heard yet.")
    for exchange in exchanges:
        words = _in_words(exchange, flips, config.names)
        click.echo(json.dumps(asdict(exchange)) if as_json else words)


def _in_words(exchange: Exchange, flips: dict[str, str], names: Names) -> str:
    total_ms = 1000 * sum(exchange.stages.values())
    return (
        f"heard   {exchange.text!r} ({exchange.confidence:.0%} sure, {exchange.level_db:.0f} dB)\n"
        f"words   {_shares(exchange.words, names)}{_circumstances(exchange.moment)}\n"
        f"believed {_shares(exchange.probabilities, names)}\n"
        f"did     {names.of(exchange.action)}: {exchange.reason} ({total_ms:.0f} ms)\n"
        f"since   {_learned(exchange.label, flips, names)}\n"
    )


def _shares(probabilities: tuple[float, float, float], names: Names) -> str:
    none, lit, dark = probabilities
    return f"nothing {none:.0%}, {names.lit} {lit:.0%}, {names.dark} {dark:.0%}"


def _circumstances(moment: Moment | None) -> str:
    if moment is None:
        return ""
    pause, change = (_at_most_a_minute(s) for s in (moment.pause, moment.since_change))
    return f"; said {pause} after other speech, {change} after the last change"


def _at_most_a_minute(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else "over a minute"


def _learned(label: Label | None, flips: dict[str, str], names: Names) -> str:
    if label is None:
        return "not known yet what it meant"
    when = f" at {flips[label.flip][11:19]}" if label.flip in flips else ""
    if label.source == "withdrawn":
        return f"nothing: what the flip{when} taught was taken back"
    return f"learned from {label.source}{when}: {names.of(label.action)}"
