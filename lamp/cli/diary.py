"""``lamp diary``: everything the lamp remembers belongs to its owner."""

from __future__ import annotations

from contextlib import closing

import click

from lamp.cli.main import configuration
from lamp.diary.erasure import learned
from lamp.diary.export import lines
from lamp.diary.writer import Diary
from lamp.runtime.paths import diary_path, state_lock


@click.group()
def command() -> None:
    """Export or erase what the lamp remembers."""


@command.command()
@click.pass_context
def export(ctx: click.Context) -> None:
    """Print all that was heard, one JSON object a line; "wall" is the date and time."""
    with closing(Diary.open(diary_path(configuration(ctx.find_root())), read_only=True)) as diary:
        for line in lines(diary):
            click.echo(line)


@command.command()
@click.confirmation_option(prompt="Erase the diary and all that was learned?")
@click.pass_context
def erase(ctx: click.Context) -> None:
    """Forget everything: diary, language models, logs. The lamp must be off."""
    config = configuration(ctx.find_root())
    with state_lock(config):
        for file in learned(config):
            file.unlink(missing_ok=True)
    click.echo("Forgotten. The lamp starts knowing nothing.")
