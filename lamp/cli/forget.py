"""``lamp forget``: nothing is left of one thing that was heard."""

from __future__ import annotations

import click

from lamp.cli.asked import found, request
from lamp.cli.main import configuration
from lamp.owner import Forget


@click.command()
@click.argument("exchange", metavar="ID")
@click.pass_context
def command(ctx: click.Context, exchange: str) -> None:
    """Forget one thing that was heard, by its ID from `lamp why`, or "last".

    Its words and its lesson go from the diary, its copies and from what was learned. Backups that
    you made yourself still have them.
    """
    heard = found(configuration(ctx), exchange)
    request(ctx, Forget(heard.id), "Forgotten.")
