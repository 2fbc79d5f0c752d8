"""Forgetting everything: which files hold words, and how that is done while the lamp runs.

The anticipator notes that it shall, starts anew, and begins that life by erasing the diary. Then
it asks the trainer to erase the models and to start anew, too. The note goes when that is done:
whoever dies meanwhile, it is done from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lamp.config import Config
from lamp.diary.schema import SUSPECT
from lamp.runtime.files import write_whole
from lamp.runtime.paths import diary_path, models_path, runtime_directory, state_directory

_NOTE = "erasing"  # a file in the state directory


def note(config: Config) -> Path:
    """There while everything is to be erased."""
    return state_directory(config) / _NOTE


def order(config: Config) -> None:
    """Note that everything shall be erased, so that it is whatever happens.

    Raises:
        OSError: the disk refuses.
    """
    write_whole(note(config), "")


def erase_diary(config: Config) -> None:
    """Erase what the anticipator keeps.

    Raises:
        OSError: the disk refuses.
    """
    for file in diary_files(config):
        file.unlink(missing_ok=True)


def erase_models(config: Config) -> None:
    """Erase what the trainer keeps.

    Raises:
        OSError: the disk refuses.
    """
    for file in models_path(config).glob("*"):
        file.unlink(missing_ok=True)


def diary_files(config: Config) -> Iterator[Path]:
    """The diary with its log, its nightly copy, and what was set aside because it was damaged."""
    diary = diary_path(config)
    yield from diary.parent.glob(f"{diary.name}*")


def copies(config: Config) -> Iterator[Path]:
    """What holds words of the diary beside itself: copies, what was set aside, half made."""
    diary = diary_path(config)
    own = {f"{diary.name}{suffix}" for suffix in ("", "-wal", "-shm", SUSPECT)}
    yield from (file for file in diary_files(config) if file.name not in own)


def learned(config: Config) -> Iterator[Path]:
    """Every file that may hold words, or what was made of them."""
    state, runtime = state_directory(config), runtime_directory(config)
    yield from diary_files(config)
    yield from models_path(config).glob("*")
    yield from state.glob("*.journal*")
    yield from runtime.glob("*.journal*")
    # Earlier versions wrote words there, too.
    yield from runtime.glob("*.log*")
    yield from (runtime / "health").glob("*")
    yield from (state / "requests").glob("*")
    yield note(config)
