"""``lamp meant``: words were for the lamp, and what they asked for."""

from __future__ import annotations

import click

from lamp.cli.asked import found, request
from lamp.cli.main import configuration
from lamp.owner import Meant


@click.command()
@click.argument("state", type=click.Choice(["lit", "dark"]))
@click.argument("exchange", metavar="[ID]", default="last")
@click.pass_context
def command(ctx: click.Context, state: str, exchange: str) -> None:
    """Say that the last thing heard asked for light (lit) or for darkness (dark).

    With an ID from `lamp why`: that it was what was heard there.
    """
    config = configuration(ctx)
    heard = found(config, exchange)
    asked = Meant(heard.id, "lit" if state == "lit" else "dark")
    request(ctx, asked, f"“{heard.text}” counts as {config.names.of(asked.action)} now.")
