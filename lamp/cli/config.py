"""``lamp config check``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from lamp.cli.main import configuration
from lamp.config import Config, dump
from lamp.errors import StateReadOnly
from lamp.operator.boards import check_header_pins
from lamp.runtime.paths import models_directory, runtime_directory, state_directory
from lamp.transcriber.model_directory import read_model_directory
from lamp.transcriber.model_path import find_model


@click.group()
def command() -> None:
    """Check lamp.yaml."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the configuration in force.")
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Read lamp.yaml and say whether a lamp can be made of it, here."""
    config = configuration(ctx.find_root())
    refuse_what_the_lamp_would(config)
    click.echo(dump(config) if as_json else "The configuration is good.")


def refuse_what_the_lamp_would(config: Config) -> None:
    """What is well written, and still would keep a process from running.

    Raises:
        PinError, AcousticModelError, StateError: it would.
    """
    check_header_pins(config.pins)
    read_model_directory(find_model(config.hearing.model, models_directory(config)))
    for directory in (state_directory(config), runtime_directory(config)):
        _refuse_impossible(directory)


def _refuse_impossible(directory: Path) -> None:
    """Where this user may not write, nothing is said: that is for that of the lamp's services."""
    there = next((path for path in (directory, *directory.parents) if os.path.lexists(path)), None)
    if there is not None and not there.is_dir():
        raise StateReadOnly(
            f"{directory} cannot be made: {there} is no directory. Set places.state in lamp.yaml"
        )
    if there is None or not os.access(there, os.W_OK):
        return
    try:
        os.rmdir(tempfile.mkdtemp(prefix="lamp-check-", dir=there))
    except OSError as error:  # a file system of the kernel's own, or a full one
        raise StateReadOnly(
            f"{directory} cannot be made: {error.strerror}. Set places.state in lamp.yaml"
        ) from error
