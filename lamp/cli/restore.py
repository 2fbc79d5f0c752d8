"""``lamp restore``: remembers what is in a backup, in place of what it remembers now."""

from __future__ import annotations

from pathlib import Path

import click

from lamp.cli.main import configuration
from lamp.diary import erasure
from lamp.diary.backup import restore
from lamp.runtime.paths import diary_path, state_lock


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="Put this in the place of all that the lamp remembers now?")
@click.pass_context
def command(ctx: click.Context, file: Path) -> None:
    """Remember what is in FILE, written by `lamp backup`. The lamp must be off.

    What it remembers now is gone. It learns the rest from the diary in FILE when it starts.
    """
    config = configuration(ctx)
    with state_lock(config):
        counts = restore(file, diary_path(config), lambda: erasure.erase_models(config))
        for copy in erasure.copies(config):
            copy.unlink(missing_ok=True)
    click.echo(f"The lamp remembers {counts['exchanges']} things it heard. Start it again.")
