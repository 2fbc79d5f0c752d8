"""``lamp wrong``: the lamp took words for a command that were none."""

from __future__ import annotations

import click

from lamp.cli.asked import found, request
from lamp.cli.main import configuration
from lamp.owner import wrong


@click.command()
@click.argument("exchange", metavar="[ID]", default="")
@click.pass_context
def command(ctx: click.Context, exchange: str) -> None:
    """Say that the last thing the lamp did by itself was wrong.

    With an ID from `lamp why`: that what was heard there was not for the lamp. It teaches as much
    as flipping the switch back does.
    """
    heard = found(configuration(ctx), exchange)
    request(ctx, wrong(heard.id), f"“{heard.text}” counts as talk now.")
