"""Where a lamp keeps its things, and that it has them to itself.

lamp.yaml's ``places`` decide; what they leave empty comes from systemd's environment on a
board (StateDirectory=, RuntimeDirectory=) and from the XDG directories elsewhere.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from lamp.config import Config
from lamp.errors import StateError, StateFull, StateInUse, StateReadOnly
from lamp.runtime.processes import WRITERS

MUTED = "muted"  # a file in the runtime directory, there while the recorder does not listen
_POLL = 0.02  # s between two looks at a lock


def state_directory(config: Config, environ: Mapping[str, str] = os.environ) -> Path:
    """What is kept for ever: diary, language models, the lamp's last state."""
    if config.places.state:
        return _absolute(config.places.state)
    if environ.get("STATE_DIRECTORY"):
        return _absolute(environ["STATE_DIRECTORY"].split(":")[0])
    return _absolute(environ.get("XDG_STATE_HOME") or "~/.local/state") / "lamp"


def runtime_directory(config: Config, environ: Mapping[str, str] = os.environ) -> Path:
    """Inboxes and health, gone after a reboot. Lamps with other states have other ones.

    It is not looked at here: :func:`lamp.runtime.private.own_directory` makes and checks it.
    """
    if config.places.runtime:
        return _absolute(config.places.runtime)
    if environ.get("RUNTIME_DIRECTORY"):
        return _absolute(environ["RUNTIME_DIRECTORY"].split(":")[0])
    state = os.path.realpath(state_directory(config, environ))
    which = f"{zlib.crc32(os.fsencode(state)):08x}"
    if environ.get("XDG_RUNTIME_DIR"):
        return Path(environ["XDG_RUNTIME_DIR"]) / f"lamp-{which}"
    # Not in /tmp: whoever makes a directory there first, under a name that can be known, has it.
    return Path(state) / "run"


def models_directory(config: Config, environ: Mapping[str, str] = os.environ) -> Path:
    """Acoustic models, besides those that ship."""
    if config.places.models:
        return _absolute(config.places.models)
    if environ.get("STATE_DIRECTORY"):
        return _absolute(environ["STATE_DIRECTORY"].split(":")[0]) / "acoustic-models"
    return _absolute(environ.get("XDG_DATA_HOME") or "~/.local/share") / "lamp" / "models"


def diary_path(config: Config) -> Path:
    """The diary's file."""
    return state_directory(config) / "diary.sqlite"


def models_path(config: Config) -> Path:
    """The directory of the language models that the trainer writes."""
    return state_directory(config) / "models"


def operator_state_path(config: Config) -> Path:
    """The operator's own file: the lamp's last state, for after a power loss."""
    return state_directory(config) / "operator.json"


def good_config_paths(config_file: Path | None, config: Config) -> tuple[Path, ...]:
    """What lamp.yaml was when it was last in order, for when it is not.

    In the state directory, and in the one that a lamp.yaml has which says nothing of it: that
    one is found whatever has become of the file. Two lamps may share it, so the name tells them
    apart by where their lamp.yaml lies.
    """
    which = f"{zlib.crc32(os.fsencode(config_file.absolute())):08x}" if config_file else "default"
    name = f"last-good-{which}.json"
    places = (state_directory(config) / name, state_directory(Config()) / name)
    return tuple(dict.fromkeys(places))


def resolved(config: Config) -> Config:
    """``config`` with absolute state and runtime directories, the same for all processes."""
    places = dataclasses.replace(
        config.places,
        state=str(state_directory(config)),
        runtime=str(runtime_directory(config)),
    )
    return dataclasses.replace(config, places=places)


def make_state_directory(directory: Path) -> Path:
    """``directory``, made if need be, for this user only.

    Raises:
        StateReadOnly, StateFull: it cannot be made.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _trouble(directory, error) from error
    return directory


class StateLock:
    """That nobody else plays ``role`` on a state directory.

    The kernel takes it back when its holder dies, so a restarted process gets in, and
    nothing has to be cleaned up after a ``kill -9``.

    Args:
        directory: the state directory; it is made if need be.
        role: one of WRITERS.
        patience: s to wait for a holder that is just dying.

    Raises:
        StateInUse: another process has the role.
        StateReadOnly, StateFull: there is no lock file and none can be made.
    """

    def __init__(self, directory: Path, role: str, patience: float = 0.0) -> None:
        self._file = _open_lock(make_state_directory(directory) / f"{role}.lock")
        until = time.monotonic() + patience
        while not self._taken():
            if time.monotonic() >= until:
                holder = os.pread(self._file, 20, 0).decode(errors="replace").strip()
                self.close()
                raise StateInUse(
                    f"another lamp (process {holder or 'unknown'}) runs on {directory}."
                    " Stop it, or give this one another places.state in lamp.yaml"
                )
            time.sleep(_POLL)
        with contextlib.suppress(OSError):  # a full or read-only disk: the lock holds all the same
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Let others have it."""
        os.close(self._file)

    def __enter__(self) -> StateLock:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let others have it."""
        self.close()


def lock_state(directory: Path, role: str = "lamp", patience: float = 0.0) -> StateLock:
    """See :class:`StateLock`."""
    return StateLock(directory, role, patience)


@contextlib.contextmanager
def state_lock(config: Config) -> Iterator[None]:
    """The whole state directory for oneself, as long as no lamp runs on it.

    Raises:
        StateInUse: one does.
    """
    with contextlib.ExitStack() as locks:
        try:
            for role in WRITERS:
                locks.enter_context(lock_state(state_directory(config), role))
        except StateInUse as error:
            raise StateInUse(
                "that cannot be done while the lamp is on. Stop it first (q or Ctrl-C; on a board:"
                " sudo systemctl stop lamp-learning.target lamp-operator) and start it again then"
            ) from error
        yield


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        if path.exists() and error.errno in (errno.EROFS, errno.EACCES):
            with contextlib.suppress(OSError):
                return os.open(path, os.O_RDONLY)  # enough for a lock
        raise _trouble(path.parent, error) from error


def _trouble(directory: Path, error: OSError) -> StateError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StateFull(f"the disk under {directory} is full. Make room there")
    return StateReadOnly(
        f"{directory} cannot be written: {error.strerror}."
        " Make it writable for this user, or set places.state in lamp.yaml"
    )
