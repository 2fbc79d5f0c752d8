"""Whether learning is frozen: a file in the state directory, so that it outlives every process."""

from __future__ import annotations

from pathlib import Path

from lamp.config import Config
from lamp.runtime.files import write_whole
from lamp.runtime.paths import state_directory

_FILE = "frozen"


def is_frozen(config: Config) -> bool:
    """Whether the switch and silence teach nothing."""
    return _path(config).exists()


def set_frozen(config: Config, frozen: bool) -> None:
    """Learn no more, or again.

    Raises:
        OSError: the disk refuses.
    """
    if frozen:
        write_whole(_path(config), "")
    else:
        _path(config).unlink(missing_ok=True)


def _path(config: Config) -> Path:
    return state_directory(config) / _FILE
