"""The command group, and how errors leave it: one line, and an exit status that means it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from lamp import __version__
from lamp.config import Config, load
from lamp.errors import LampError, exit_code
from lamp.runtime.private import protect

#: command: (module, what it does). Modules are imported when their command is called, so
#: that asking for the status does not load an acoustic model.
COMMANDS = {
    "run": ("lamp.cli.run", "Be a lamp: listen, learn and obey the switch."),
    "demo": ("lamp.cli.demo", "Play an evening in a simulated house."),
    "teach": ("lamp.cli.teach", "Teach a lamp in this terminal two words, in two minutes."),
    "status": ("lamp.cli.status", "Say how the lamp is."),
    "why": ("lamp.cli.why", "Say what was heard last, and why the lamp did what it did."),
    "wrong": ("lamp.cli.wrong", "Say that the last thing it did by itself was wrong."),
    "meant": ("lamp.cli.meant", "Say that the last thing heard was for the lamp."),
    "forget": ("lamp.cli.forget", "Leave nothing of one thing that was heard."),
    "freeze": ("lamp.cli.freeze", "Learn nothing more, or learn again."),
    "history": ("lamp.cli.history", "List the flips and what they taught."),
    "transcribe": ("lamp.cli.transcribe", "Write down what recordings sound like."),
    "listen": ("lamp.cli.listen", "Try a word and a microphone: a level meter and a judge."),
    "doctor": ("lamp.cli.doctor", "Check this machine and say how to mend it."),
    "config": ("lamp.cli.config", "Check lamp.yaml."),
    "models": ("lamp.cli.models", "List, add and go back to models."),
    "page": ("lamp.cli.page", "Say where the page for browsers is; pair one with a code."),
    "mute": ("lamp.cli.mute", "Stop listening, or listen again."),
    "diary": ("lamp.cli.diary", "Export or erase what the lamp remembers."),
    "backup": ("lamp.cli.backup", "Write all that the lamp remembers into a file."),
    "restore": ("lamp.cli.restore", "Remember what is in such a file."),
}


class Commands(click.Group):
    """Finds commands in their modules and shows a LampError as one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a LampError becomes one line and its exit status."""
        try:
            return super().invoke(ctx)
        except LampError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(exit_code(error))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lamp")
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="lamp.yaml; else ./lamp.yaml, ~/.config/lamp/lamp.yaml or /etc/lamp/lamp.yaml.",
)
@click.pass_context
def main(ctx: click.Context, config_file: Path | None) -> None:
    """A lamp that learns its owner's voice from the switch."""
    protect()
    ctx.obj = config_file


def configuration(ctx: click.Context) -> Config:
    """The configuration this call of ``lamp`` goes by.

    Raises:
        ConfigError: it cannot be read or says something impossible.
    """
    return load(ctx.obj)
