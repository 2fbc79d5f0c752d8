"""``lamp backup``: all that the lamp remembers, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from lamp.cli.main import configuration
from lamp.diary.backup import back_up
from lamp.runtime.paths import diary_path


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def command(ctx: click.Context, file: Path) -> None:
    """Write all that the lamp remembers into the new FILE. The lamp may be on or off.

    FILE holds the words that were heard.
    """
    back_up(diary_path(configuration(ctx)), file)
    click.echo(f"{file} has all that the lamp remembers. To bring it back: lamp restore {file}")
