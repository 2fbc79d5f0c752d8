"""``lamp teach``: a guided two minutes."""

from __future__ import annotations

import click

from lamp.cli.main import configuration


@click.command()
@click.option("--microphone", is_flag=True, help="Your own voice, and your own two words.")
@click.pass_context
def command(ctx: click.Context, microphone: bool) -> None:
    """Teach a lamp in this terminal two words, with the space bar as its switch.

    It takes two minutes and needs nothing attached. What it learns is gone afterwards.
    """
    from lamp.simulate.teach import teach  # noqa: PLC0415

    ctx.exit(teach(configuration(ctx), microphone))
