"""``lamp status``: how the lamp is; ``--json`` has the rest for scripts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict

import click

from lamp.cli.main import configuration
from lamp.config import Config
from lamp.diary.writer import Diary
from lamp.errors import EXIT_FAILED, EXIT_OK, StateError
from lamp.model_store import ModelStore
from lamp.page.now import now
from lamp.runtime.heartbeat import Health, read_health
from lamp.runtime.paths import diary_path, models_path, runtime_directory
from lamp.runtime.processes import OPTIONAL, PROCESSES, hung_after

GAVE_UP = "just-a-switch"  # in the runtime directory, put there by lamp-just-a-switch.service
_BY_HAND = ("flip", "correction")  # lessons


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with every detail.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say how the lamp is. The exit status is 0 if all is well."""
    config = configuration(ctx)
    healths = read_health(runtime_directory(config))
    states = {name: _state(healths.get(name)) for name in PROCESSES}
    counts, trouble = _diary(config)
    well = not trouble and all(state == "well" for state in states.values())
    if as_json:
        processes = {
            name: {"state": states[name]} | (asdict(healths[name]) if name in healths else {})
            for name in PROCESSES
        }
        report = {"well": well, "processes": processes, "diary": counts, "model": _model(config)}
        report["diary_trouble"] = trouble
        click.echo(json.dumps(report))
    else:
        for line in _told(config, healths, counts, trouble):
            click.echo(line)
    ctx.exit(EXIT_OK if well else EXIT_FAILED)


def _told(
    config: Config, healths: Mapping[str, Health], counts: Mapping[str, int], trouble: str
) -> Iterator[str]:
    thing = config.names.thing
    if (runtime_directory(config) / GAVE_UP).exists():
        yield (
            f"The {thing} is just a switch, as the rest kept failing. It tries again every hour,"
            " or now: sudo systemctl start lamp-learning.target"
        )
    elif not any(health.alive for name, health in healths.items() if name in PROCESSES):
        yield f"The {thing} is off: no lamp is running here. Start it with: lamp run"
        yield from _remembered(counts, trouble)
        return
    seen = now(healths, time.monotonic(), config.names)
    yield f"The {thing} is {seen.state_name}. {seen.hears}"
    if seen.frozen:
        yield "Learning is frozen. It learns again after: lamp freeze off"
    for part in seen.parts:
        health = healths.get(part.name)
        level = health.facts.get("level_db") if health and health.alive else None
        loud = f", {level:.0f} dB in the room" if isinstance(level, int | float) else ""
        yield f"  {'ok ' if part.well else 'BAD'}  {part.what:<24} {part.says}{loud}"
    for name in OPTIONAL:
        if name in healths and healths[name].alive:
            yield f"  ok   {name:<24} {healths[name].state}"
    yield from _remembered(counts, trouble)


def _remembered(counts: Mapping[str, int], trouble: str) -> Iterator[str]:
    if trouble:
        yield f"  BAD  the diary: {trouble}"
        return
    lessons = sum(counts.get(f"labels by {source}", 0) for source in _BY_HAND)
    yield (
        f"It remembers {_count(counts['exchanges'], 'thing')} it heard,"
        f" and {_count(lessons, 'lesson')} by your hand."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


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
