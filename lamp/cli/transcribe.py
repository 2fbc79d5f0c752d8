"""``lamp transcribe``: what recordings sound like to the lamp."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from lamp.cli.main import configuration
from lamp.errors import LampError, exit_code
from lamp.recorder.recordings import recordings_in
from lamp.recorder.wav import read_recording
from lamp.transcriber.engine import Engine, make_engine
from lamp.transcriber.transcriber import samples_as_float


@click.command()
@click.argument(
    "paths", metavar="FILES...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], as_json: bool) -> None:
    """Write down what recordings sound like: FILES are WAV files or folders of them.

    A file that cannot be read is reported, the other ones are written down all the same, and
    the exit status is that of the last error.
    """
    engine = make_engine(configuration(ctx))
    status = 0
    for path in paths:
        try:
            files = recordings_in(path)
        except LampError as error:
            status = _say(error)
            continue
        for file in files:
            try:
                _transcribe(engine, file, as_json)
            except LampError as error:
                status = _say(error)
    ctx.exit(status)


def _say(error: LampError) -> int:
    click.echo(f"Error: {error}", err=True)
    return exit_code(error)


def _transcribe(engine: Engine, file: Path, as_json: bool) -> None:
    recording = read_recording(file)
    if recording.missing:
        click.echo(f"{file} was cut off: {recording.missing:.1f} s are missing", err=True)
    heard = engine.transcribe(samples_as_float(recording.samples))
    if as_json:
        click.echo(json.dumps({"file": str(file)} | asdict(heard)))
    else:
        click.echo(f"{file}: {heard.text} ({heard.confidence:.0%})")
