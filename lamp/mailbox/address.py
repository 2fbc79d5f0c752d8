"""Where an inbox stands in the file system, who may stand behind it, and who may connect."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from lamp.errors import InboxInUse, MailboxError
from lamp.runtime.private import own_directory

LONGEST_ADDRESS = 103  # bytes of sun_path on macOS, less the terminating zero; Linux has 107
_LONGEST_NAME = len("/transcriber.sock")
_BACKLOG = 64
_LOCK_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN_FILES = Path("/proc/self/fd")
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1  # macOS, <sys/un.h>


@contextlib.contextmanager
def socket_address(directory: Path, name: str) -> Iterator[str]:
    """What to bind or connect for the inbox ``name``: a short name of its socket.

    A directory whose name is too long for a socket's address is opened, and spoken of by the
    number of the open file, where the system can do that.

    Raises:
        OSError: the directory is not there, or its name is too long for this system.
    """
    if len(os.fsencode(directory)) + _LONGEST_NAME <= LONGEST_ADDRESS:
        yield str(directory / f"{name}.sock")
        return
    if not OPEN_FILES.is_dir():
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"{OPEN_FILES}/{opened}/{name}.sock"
    finally:
        os.close(opened)


class Listener:
    """The right to an inbox's name, and its listening socket.

    The right is a lock that the kernel takes back when the holder dies, however it dies;
    the socket file that a killed process leaves behind says nothing and is replaced.
    """

    def __init__(self, directory: Path, name: str) -> None:
        """Take the inbox ``name``.

        Raises:
            InboxInUse: a living process has it.
            MailboxError: the directory cannot be used.
        """
        self._directory = directory
        self._name = name
        self._path = directory / f"{name}.sock"
        own_directory(directory)
        self._lock = self._take_name()
        try:
            self.socket = self._bind()
        except MailboxError:
            os.close(self._lock)
            raise
        self._bound = self._path.stat()

    @property
    def lost(self) -> bool:
        """Whether its socket is no longer where others look for it: the directory was cleared."""
        try:
            return not os.path.samestat(self._path.stat(), self._bound)
        except OSError:
            return True

    def bind_anew(self) -> None:
        """Take the name again, with another socket; who is connected to the old one stays so.

        Raises:
            InboxInUse, MailboxError: as at first; nothing has changed.
        """
        own_directory(self._directory)
        lock = self._lock if self._holds_name() else self._take_name()
        try:
            fresh = self._bind()
        except MailboxError:
            if lock != self._lock:
                os.close(lock)
            raise
        self._bound = self._path.stat()
        self.socket.close()
        self.socket = fresh
        if lock != self._lock:
            os.close(self._lock)
            self._lock = lock

    def _holds_name(self) -> bool:
        try:
            there = (self._directory / f"{self._name}.inbox").stat()
        except OSError:
            return False
        return os.path.samestat(there, os.fstat(self._lock))

    def _take_name(self) -> int:
        """The lock, held."""
        try:
            lock = os.open(self._directory / f"{self._name}.inbox", _LOCK_FLAGS, 0o600)
        except OSError as error:
            raise MailboxError(
                f"cannot open an inbox in {self._directory}: {error.strerror}."
                " Check its permissions"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise InboxInUse(
                f"a running process already has the inbox {self._name!r} in {self._directory}."
                " Stop the other lamp, or give this one another places.runtime"
            ) from error
        return lock

    def _bind(self) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.unlink(missing_ok=True)
            with socket_address(self._directory, self._name) as address:
                listening.bind(address)
            self._path.chmod(0o600)
            listening.listen(_BACKLOG)
            listening.setblocking(False)
        except OSError as error:
            listening.close()
            raise MailboxError(
                f"cannot open the inbox {self._path}: {error.strerror}."
                " Free some disk space or choose another places.runtime"
            ) from error
        return listening

    def close(self) -> None:
        """Give the name back."""
        self.socket.close()
        if not self.lost:
            with contextlib.suppress(OSError):  # the directory may be gone already
                self._path.unlink()
        os.close(self._lock)


def connect(directory: Path, name: str) -> socket.socket:
    """A connection to the inbox ``name``, without waiting.

    Raises:
        OSError: nobody is there, or it is somebody else's process.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        with socket_address(directory, name) as address:
            connection.connect(address)
        check_peer(connection)
    except OSError:
        connection.close()
        raise
    return connection


def peer_user(connection: socket.socket, platform: str = sys.platform) -> int:
    """The user id of the process at the other end, as the kernel knows it."""
    if platform == "linux":
        credentials = connection.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
        )
        return int(struct.unpack("3i", credentials)[1])  # pid, uid, gid
    # struct xucred: version, uid, number of groups, 16 groups. It is what getpeereid reads.
    credentials = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, struct.calcsize("2Ih16I"))
    return int(struct.unpack_from("2I", credentials)[1])


def check_peer(connection: socket.socket) -> None:
    """Refuse a peer that is neither this process's user nor root.

    Raises:
        PermissionError: it is somebody else.
    """
    user = peer_user(connection)
    if user not in (os.getuid(), 0):
        raise PermissionError(f"user {user} may not talk to this lamp")
