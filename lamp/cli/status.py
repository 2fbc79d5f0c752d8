"""``lamp status``: how the five processes are."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import asdict
from typing import Any

import click

from lamp.cli.main import configuration
from lamp.config import Config
from lamp.diary.writer import Diary
from lamp.errors import EXIT_FAILED, EXIT_OK, StateError
from lamp.model_store import ModelStore
from lamp.runtime.heartbeat import Health, read_health
from lamp.runtime.paths import diary_path, models_path, runtime_directory
from lamp.runtime.processes import PROCESSES, hung_after

GAVE_UP = "just-a-switch"  # in the runtime directory, put there by lamp-just-a-switch.service


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say how the five processes are. The exit status is 0 if all is well."""
    config = configuration(ctx)
    healths = read_health(runtime_directory(config))
    states = {name: _state(healths.get(name)) for name in PROCESSES}
    counts, trouble = _diary(config)
    model = _model(config)
    well = not trouble and all(state == "well" for state in states.values())
    if as_json:
        processes = {
            name: {"state": states[name]} | (asdict(healths[name]) if name in healths else {})
            for name in PROCESSES
        }
        report = {"well": well, "processes": processes, "diary": counts, "model": model}
        report["diary_trouble"] = trouble
        click.echo(json.dumps(report))
    else:
        for name in PROCESSES:
            click.echo(f"{name:12} {states[name]:10} {_facts(healths.get(name))}")
        for other in sorted(set(healths) - set(PROCESSES)):
            click.echo(f"{other:12} {_state(healths[other]):10} {_facts(healths[other])}")
        if (runtime_directory(config) / GAVE_UP).exists():
            click.echo(
                "The lamp is just a switch, as the rest kept failing. It tries again every hour,"
                " or now: sudo systemctl start lamp-learning.target"
            )
        shown = trouble or ", ".join(f"{count} {name}" for name, count in counts.items())
        click.echo(f"diary        {shown}")
        click.echo(f"model        {model or 'none yet'}")
    ctx.exit(EXIT_OK if well else EXIT_FAILED)


def _state(health: Health | None) -> str:
    if health is None:
        return "absent"
    if not health.alive:
        return "stopped" if health.state == "stopped" else "dead"
    if health.age(time.monotonic()) >= hung_after(health.name):
        return "hung"
    if health.facts.get("trouble"):
        return "trouble"
    return "overloaded" if health.state == "overloaded" else "well"


def _facts(health: Health | None) -> str:
    if health is None:
        return ""
    told = health.facts.items()
    facts = {
        name: value for name, value in told if isinstance(value, (str, int, float)) and value != ""
    }
    shown = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in facts.items())
    return f"since {health.since[11:19]}, {shown}" if shown else f"since {health.since[11:19]}"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _diary(config: Config) -> tuple[dict[str, int], str]:
    """How much of everything the diary holds, and what keeps it from being read, if anything."""
    none_yet = {"exchanges": 0}
    if not diary_path(config).exists():
        return none_yet, ""
    try:
        with closing(Diary.open(diary_path(config), read_only=True)) as diary:
            return diary.counts(), ""
    except StateError as error:
        return none_yet, str(error)


def _model(config: Config) -> str:
    stored = ModelStore(models_path(config), config.training.keep_models).current()
    return f"{stored.file}, knows labels up to {stored.trained_to}" if stored else ""
