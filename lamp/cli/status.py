"""``lamp status``: how the five processes are."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

import click

from lamp.cli.main import configuration
from lamp.config import Config
from lamp.diary.writer import Diary
from lamp.errors import EXIT_FAILED, EXIT_OK, StateError
from lamp.health import Health, read_health
from lamp.model_store import ModelStore
from lamp.places import diary_path, models_path, runtime_directory

PROCESSES = ("operator", "recorder", "transcriber", "anticipator", "trainer")
GAVE_UP = "just-a-switch"  # in the runtime directory, put there by lamp-just-a-switch.service
SILENT = 20.0  # s without a heartbeat after which a process is called hung


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say how the five processes are. The exit status is 0 if all of them are well."""
    config = configuration(ctx)
    healths = read_health(runtime_directory(config))
    states = {name: _state(healths.get(name)) for name in PROCESSES}
    well = all(state == "well" for state in states.values())
    counts, model = _counts(config), _model(config)
    if as_json:
        processes = {
            name: {"state": states[name]} | (asdict(healths[name]) if name in healths else {})
            for name in PROCESSES
        }
        report = {"well": well, "processes": processes, "diary": counts, "model": model}
        click.echo(json.dumps(report))
    else:
        for name in PROCESSES:
            click.echo(f"{name:12} {states[name]:8} {_facts(healths.get(name))}")
        for name in sorted(set(healths) - set(PROCESSES)):
            click.echo(f"{name:12} {_state(healths[name]):8} {_facts(healths[name])}")
        if (runtime_directory(config) / GAVE_UP).exists():
            click.echo(
                "The lamp is just a switch, as the rest kept failing. It tries again every hour,"
                " or now: sudo systemctl start lamp-learning.target"
            )
        click.echo("diary        " + ", ".join(f"{n} {what}" for what, n in counts.items()))
        click.echo(f"model        {model or 'none yet'}")
    ctx.exit(EXIT_OK if well else EXIT_FAILED)


def _state(health: Health | None) -> str:
    if health is None:
        return "absent"
    if not health.alive:
        return "stopped" if health.facts.get("state") == "stopped" else "dead"
    return "well" if health.age(time.monotonic()) < SILENT else "hung"


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


def _counts(config: Config) -> dict[str, int]:
    try:
        diary = Diary.open(diary_path(config), read_only=True)
    except StateError:
        return {"exchanges": 0}
    try:
        return diary.counts()
    finally:
        diary.close()


def _model(config: Config) -> str:
    stored = ModelStore(models_path(config), config.training.keep_models).current()
    return f"{stored.file}, knows labels up to {stored.trained_to}" if stored else ""
