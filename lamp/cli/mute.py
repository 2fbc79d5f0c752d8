"""``lamp mute``: the recorder stops listening until told otherwise."""

from __future__ import annotations

import time
from pathlib import Path

import click

from lamp.cli.main import configuration
from lamp.errors import InboxInUse, MailboxError
from lamp.mailbox import Mailbox
from lamp.messages import Muted
from lamp.runtime.paths import runtime_directory

PATIENCE = 3.0  # s to reach the recorder


@click.command()
@click.argument("switch", type=click.Choice(["on", "off"]), default="on")
@click.pass_context
def command(ctx: click.Context, switch: str) -> None:
    """Stop listening (on) or listen again (off). The switch works as always."""
    mailbox = _mailbox(runtime_directory(configuration(ctx)))
    try:
        mailbox.send("recorder", Muted(switch == "on"))
        if not mailbox.flush(PATIENCE):
            raise MailboxError("the recorder does not answer. Is the lamp on? See: lamp status")
    finally:
        mailbox.close()
    click.echo("The lamp no longer listens." if switch == "on" else "The lamp listens.")


def _mailbox(runtime: Path) -> Mailbox:
    """The inbox of who mutes; somebody else may just be doing the same."""
    until = time.monotonic() + 2 * PATIENCE
    while True:
        try:
            return Mailbox(runtime, "mute")
        except InboxInUse:
            if time.monotonic() >= until:
                raise
            time.sleep(0.05)
