"""``lamp diary``: everything the lamp remembers belongs to its owner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from lamp.cli.main import configuration
from lamp.config import Config
from lamp.diary.writer import Diary
from lamp.runtime.paths import diary_path, models_path, runtime_directory, state_lock


@click.group()
def command() -> None:
    """Export or erase what the lamp remembers."""


@command.command()
@click.pass_context
def export(ctx: click.Context) -> None:
    """Print every exchange with its label, one JSON object a line."""
    diary = Diary.open(diary_path(configuration(ctx.find_root())), read_only=True)
    for exchange in diary.all_exchanges():
        click.echo(json.dumps(asdict(exchange)))
    diary.close()


@command.command()
@click.confirmation_option(prompt="Erase the diary and all that was learned?")
@click.pass_context
def erase(ctx: click.Context) -> None:
    """Forget everything: diary, language models, logs. The lamp must be stopped."""
    config = configuration(ctx.find_root())
    with state_lock(config):
        for file in learned(config):
            file.unlink(missing_ok=True)
    click.echo("Forgotten. The lamp starts knowing nothing.")


def learned(config: Config) -> Iterator[Path]:
    """Every file that may hold words, or what was made of them."""
    diary, runtime = diary_path(config), runtime_directory(config)
    # With its log, its nightly copy, and what was set aside because it was damaged.
    yield from diary.parent.glob(f"{diary.name}*")
    yield from models_path(config).glob("*")
    yield from diary.parent.glob("*.journal*")
    yield from runtime.glob("*.journal*")
    # Earlier versions wrote words there, too.
    yield from runtime.glob("*.log*")
    yield from (runtime / "health").glob("*")
