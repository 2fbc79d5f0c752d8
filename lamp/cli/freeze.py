"""``lamp freeze``: the lamp goes on as it is, and learns nothing more."""

from __future__ import annotations

import click

from lamp.cli.asked import request
from lamp.owner import Freeze


@click.command()
@click.argument("learning", metavar="on|off", type=click.Choice(["on", "off"]), default="on")
@click.pass_context
def command(ctx: click.Context, learning: str) -> None:
    """Learn nothing more from the switch (on), or learn again (off). It obeys as before."""
    frozen = learning == "on"
    done = "Learning is frozen: the switch teaches nothing." if frozen else "The lamp learns again."
    request(ctx, Freeze(frozen), done)
