"""``lamp models``: acoustic models to hear with, and the way back to an earlier mind."""

from __future__ import annotations

import click

from lamp.cli.main import configuration
from lamp.model_store import ModelStore
from lamp.runtime.paths import models_path, state_lock
from lamp.transcriber.model_path import added_models, find_model, known_models


@click.group()
def command() -> None:
    """List, add and go back to models."""


@command.command("list")
@click.pass_context
def list_models(ctx: click.Context) -> None:
    """List the acoustic models; a star marks the one in use."""
    config = configuration(ctx.find_root())
    added = added_models(config)
    for name in known_models(added):
        mark = "*" if name == config.hearing.model else " "
        click.echo(f"{mark} {name}  {find_model(name, added)}")


@command.command()
@click.argument("name_or_path")
@click.pass_context
def add(ctx: click.Context, name_or_path: str) -> None:
    """Fetch a wav2vec2 CTC checkpoint, by its NAME on the hub or a PATH, and make it fit.

    Needs more packages; in the lamp's directory: pip install '.[models]'.
    """
    from lamp.transcriber.add_model import add_model  # noqa: PLC0415 - needs torch

    for line in add_model(name_or_path, added_models(configuration(ctx.find_root()))):
        click.echo(line)


@command.command()
@click.pass_context
def rollback(ctx: click.Context) -> None:
    """Go back to the language model before the current one. The lamp must be stopped."""
    config = configuration(ctx.find_root())
    with state_lock(config):
        stored = ModelStore(models_path(config), config.training.keep_models).roll_back()
    click.echo(f"Now using {stored.file}, which knows labels up to {stored.trained_to}.")
