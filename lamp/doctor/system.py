"""The checks of disk, acoustic model and microphone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from lamp.clock import LiveClock
from lamp.config import Config
from lamp.diary.writer import Diary
from lamp.doctor.finding import Finding
from lamp.errors import LampError, MicrophoneBusy
from lamp.recorder.microphone import Microphone, load_sounddevice
from lamp.runtime.paths import diary_path, runtime_directory, state_directory
from lamp.transcriber.engine import make_engine

LEAST_FREE = 50_000_000  # bytes: months of diary


def check_disk(config: Config) -> Iterator[Finding]:
    """State and runtime directories: there, ours, with room; and a diary that can be read."""
    for name, place in (
        ("state", state_directory(config)),
        ("runtime", runtime_directory(config)),
    ):
        yield _writable(name, place)
    nearest = _nearest_that_exists(state_directory(config))
    free = shutil.disk_usage(nearest).free
    yield Finding(
        f"{free / 1e6:.0f} MB free under {nearest}",
        free > LEAST_FREE,
        "" if free > LEAST_FREE else "make room: the diary grows by about 1 MB a month",
    )
    path = diary_path(config)
    if path.exists():
        try:
            with closing(Diary.open(path, read_only=True)) as diary:
                counts = diary.counts()
            yield Finding(f"diary with {counts['exchanges']} exchanges", True)
        except LampError as error:
            yield Finding("the diary cannot be read", False, str(error))
    else:
        yield Finding("no diary yet: this lamp knows nothing", True)


def check_swap(table: Path = Path("/proc/swaps")) -> Iterator[Finding]:
    """Memory that is swapped to a disk takes what is just being heard with it."""
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return
    names = [row[0] for row in rows if row and not Path(row[0]).name.startswith("zram")]
    if names:
        mend = "turn it off (swapoff), or use compressed memory instead (apt: zram-tools)"
        yield Finding(f"sound may get onto a disk: swap on {', '.join(names)}", False, mend)
    else:
        yield Finding("no swap on a disk, so no sound can get there", True)


def check_model(config: Config) -> Iterator[Finding]:
    """The acoustic model is there, whole, and loads."""
    try:
        make_engine(config)
        yield Finding(f"acoustic model {config.hearing.model}", True)
    except LampError as error:
        yield Finding(f"acoustic model {config.hearing.model}", False, str(error))


def check_sound(config: Config) -> Iterator[Finding]:
    """There is a microphone, and it is the one meant."""
    if config.audio.source not in ("microphone", "house"):
        there = Path(config.audio.source).expanduser().exists()
        mend = "" if there else "name a WAV file or a folder of them under audio.source"
        yield Finding(f"recordings {config.audio.source}", there, mend)
        return
    try:
        with closing(Microphone(config.audio.device, LiveClock(), load_sounddevice())) as found:
            yield Finding(f"microphone {found.device} at {found.rate} Hz", True)
    except MicrophoneBusy as error:
        yield Finding("microphone", True, f"{error}; a running lamp is such a program")
    except LampError as error:
        yield Finding("microphone", False, str(error))


def _writable(name: str, place: Path) -> Finding:
    nearest = _nearest_that_exists(place)
    ok = os.access(nearest, os.W_OK)
    mend = "" if ok else f"make it writable for this user, or set places.{name} in lamp.yaml"
    return Finding(f"{name} directory {place}", ok, mend)


def _nearest_that_exists(place: Path) -> Path:
    while not place.exists():
        place = place.parent
    return place
