"""``lamp transcribe``: what recordings sound like to the lamp."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
import msgspec
import numpy as np

from lamp.cli.each_recording import each_recording
from lamp.cli.main import configuration
from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import Samples
from lamp.recorder.wav import WavFile
from lamp.transcriber.engine import Engine, make_engine
from lamp.transcriber.transcriber import samples_as_float

AT_ONCE = 30  # s of a recording; longer than anybody speaks to a lamp


@click.command()
@click.argument(
    "paths", metavar="FILES...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], as_json: bool) -> None:
    """Write down what recordings sound like: FILES are WAV files or folders of them.

    A file that cannot be read is reported, the other ones are written down all the same, and
    the exit status is that of the last error. A long recording is heard in pieces of 30 s, each
    with a line of its own.
    """
    engine = make_engine(configuration(ctx))
    ctx.exit(each_recording(paths, lambda file: _transcribe(engine, file, as_json)))


def _transcribe(engine: Engine, file: Path, as_json: bool) -> None:
    recording = WavFile(file)
    if recording.missing:
        click.echo(f"{file} was cut off: {recording.missing:.1f} s are missing", err=True)
    for number, samples in enumerate(_at_once(recording.pieces())):
        heard = engine.transcribe(samples_as_float(samples))
        where = f"{file}" if recording.seconds <= AT_ONCE else f"{file} {number * AT_ONCE} s"
        if as_json:
            at = {"file": str(file), "at": number * AT_ONCE}
            click.echo(msgspec.json.encode(at | asdict(heard)))
        else:
            click.echo(f"{where}: {heard.text} ({heard.confidence:.0%})")


def _at_once(pieces: Iterator[Samples]) -> Iterator[Samples]:
    """The same in pieces that the acoustic model hears at once."""
    rest = np.zeros(0, np.int16)
    for piece in pieces:
        rest = np.concatenate((rest, piece))
        while len(rest) > AT_ONCE * SAMPLE_RATE:
            yield rest[: AT_ONCE * SAMPLE_RATE]
            rest = rest[AT_ONCE * SAMPLE_RATE :]
    yield rest
