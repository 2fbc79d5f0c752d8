"""What commands do that take WAV files and folders of them: a bad one does not end the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from lamp.errors import LampError, exit_code
from lamp.recorder.recordings import recordings_in


def each_recording(paths: Iterable[Path], hear: Callable[[Path], None]) -> int:
    """Call ``hear`` with every WAV file; the exit status of the last error, 0 without one.

    Args:
        paths: of WAV files or folders of them. One that cannot be read is reported.
        hear: may raise a LampError, which is reported, too.
    """
    status = 0
    for path in paths:
        try:
            files = recordings_in(path)
        except LampError as error:
            status = _report(error)
            continue
        for file in files:
            try:
                hear(file)
            except LampError as error:
                status = _report(error)
    return status


def _report(error: LampError) -> int:
    click.echo(f"Error: {error}", err=True)
    return exit_code(error)
