"""Requests that wait to be carried out: one file each, whole and on the disk, in order."""

from __future__ import annotations

import errno
import logging
import os
import secrets
from pathlib import Path

import msgspec

from lamp.config import Config
from lamp.errors import StateError, StateFull, StateReadOnly
from lamp.owner.requests import Request
from lamp.runtime.files import write_whole
from lamp.runtime.paths import state_directory

DIRECTORY = "requests"  # in the state directory
_LARGEST = 4096  # bytes
_SUFFIX = ".json"

log = logging.getLogger(__name__)


class Waiting:
    """The requests of one lamp. Anybody may put one; one process at a time carries them out."""

    def __init__(self, config: Config) -> None:
        self._directory = state_directory(config) / DIRECTORY

    def put(self, request: Request) -> Path:
        """Write ``request`` down, after all that wait; its file, which goes when it is done.

        Raises:
            StateError: the disk refuses.
        """
        number = max((int(path.name.partition("-")[0]) for path in self._files()), default=0) + 1
        path = self._directory / f"{number:08d}-{secrets.token_hex(4)}{_SUFFIX}"
        try:
            write_whole(path, msgspec.json.encode(request))
        except OSError as error:
            kind = StateFull if error.errno == errno.ENOSPC else StateReadOnly
            raise kind(
                f"{self._directory} cannot be written: {error.strerror}."
                " Ask as the user that the lamp runs as, or make room"
            ) from error
        return path

    def all(self) -> dict[Path, Request]:
        """What waits, by its file, in the order it was asked for."""
        found = {}
        for path in self._files():
            try:
                found[path] = _read(path)
            except FileNotFoundError:
                continue  # just carried out
            except (OSError, msgspec.MsgspecError) as error:
                log.warning("a request that nobody understands is left out: %s", error)
                self.done(path)
        return found

    def done(self, path: Path) -> None:
        """The request in ``path`` is carried out.

        Raises:
            StateError: the disk refuses, so it will be carried out again.
        """
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"{path} cannot be removed: {error.strerror}") from error

    def _files(self) -> list[Path]:
        try:
            names = os.listdir(self._directory)
        except OSError:
            return []
        numbered = [name for name in names if name[:8].isdecimal() and name.endswith(_SUFFIX)]
        return [self._directory / name for name in sorted(numbered)]


def _read(path: Path) -> Request:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        request: Request = msgspec.json.decode(file.read(_LARGEST), type=Request)
    return request
