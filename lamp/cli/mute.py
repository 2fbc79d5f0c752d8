"""``lamp mute``: the recorder stops listening until told otherwise."""

from __future__ import annotations

import click

from lamp.cli.main import configuration
from lamp.errors import MailboxError
from lamp.mailbox import Mailbox
from lamp.messages import Muted
from lamp.runtime.paths import runtime_directory

PATIENCE = 3.0  # s to reach the recorder


@click.command()
@click.argument("switch", type=click.Choice(["on", "off"]), default="on")
@click.pass_context
def command(ctx: click.Context, switch: str) -> None:
    """Stop listening (on) or listen again (off). The switch works as always."""
    mailbox = Mailbox(runtime_directory(configuration(ctx)), "mute")
    try:
        mailbox.send("recorder", Muted(switch == "on"))
        if not mailbox.flush(PATIENCE):
            raise MailboxError("the recorder does not answer. Is the lamp on? See: lamp status")
    finally:
        mailbox.close()
    click.echo("The lamp no longer listens." if switch == "on" else "The lamp listens.")
