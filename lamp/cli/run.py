"""``lamp run``: the lamp itself."""

from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click

from lamp.cli.main import configuration
from lamp.clock import LiveClock
from lamp.config import Config
from lamp.errors import ConfigError, MailboxError, PinMissing
from lamp.operator.fallback import keep_copy
from lamp.runtime.log import PatientHandler
from lamp.runtime.paths import resolved, runtime_directory
from lamp.runtime.private import own_directory
from lamp.supervisor import Supervisor, run_until_told


@click.command()
@click.option(
    "--simulate",
    is_flag=True,
    help="No pins: the space bar is the switch, and the lamp is drawn in the terminal.",
)
@click.option(
    "--audio",
    type=click.Path(exists=True, path_type=Path),
    help="A WAV file, or a folder of them, instead of the microphone.",
)
@click.pass_context
def command(ctx: click.Context, simulate: bool, audio: Path | None) -> None:
    """Be a lamp: listen, learn and obey the switch."""
    try:
        written = configuration(ctx)
        config = adapted(written, simulate, audio)
    except ConfigError as error:
        if simulate:
            raise
        click.echo(f"Error: {error}", err=True)
        ctx.exit(just_a_switch(ctx.find_root().obj))
    if simulate:
        from lamp.simulate.terminal import run_in_terminal  # noqa: PLC0415

        own_directory(runtime_directory(config))
        ctx.exit(run_in_terminal(config))
    logging.basicConfig(handlers=[PatientHandler(sys.stderr)], format="%(message)s")
    # The operator that is just a switch looks for the copy of this file, and the supervisor's
    # operator reads another one.
    keep_copy(ctx.find_root().obj, written)
    try:
        own_directory(runtime_directory(config))
        if config.pins.board == "auto" and not any(Path("/dev").glob("gpiochip*")):
            raise PinMissing("this machine has no pins. On a laptop: lamp run --simulate")
        run_until_told(Supervisor(config, LiveClock()))
    except MailboxError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(just_a_switch(ctx.find_root().obj))


def just_a_switch(config_file: Path | None) -> int:
    """What keeps the lamp from learning must not cost the switch: the operator runs alone."""
    click.echo("Until that is mended the lamp is just a switch.", err=True)
    arguments = [str(config_file)] if config_file else []
    return subprocess.call([sys.executable, "-m", "lamp.operator", *arguments])


def adapted(config: Config, simulate: bool, audio: Path | None) -> Config:
    """``config`` with what the command line says."""
    if simulate:
        config = replace(config, pins=replace(config.pins, board="simulated"))
    if audio is not None:
        config = replace(config, audio=replace(config.audio, source=str(audio.absolute())))
    return resolved(config)
