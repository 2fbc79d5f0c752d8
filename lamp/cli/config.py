"""``lamp config check``."""

from __future__ import annotations

import click

from lamp.cli.main import configuration
from lamp.config import dump


@click.group()
def command() -> None:
    """Check lamp.yaml."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the configuration in force.")
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Read lamp.yaml and say whether a lamp can be made of it."""
    config = configuration(ctx.find_root())
    click.echo(dump(config) if as_json else "The configuration is good.")
