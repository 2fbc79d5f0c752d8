"""Where an inbox stands in the file system, who may stand behind it, and who may connect."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import sys
import zlib
from pathlib import Path

from lamp.errors import InboxInUse, MailboxError

LONGEST_ADDRESS = 103  # bytes of sun_path on macOS, less the terminating zero; Linux has 107
_LONGEST_NAME = len("/transcriber.sock")
_BACKLOG = 64
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1  # macOS, <sys/un.h>


def socket_directory(directory: Path) -> Path:
    """The directory of the sockets for the runtime directory ``directory``.

    The same one, unless its name is too long for a socket's address: then a short one
    under /tmp that every process of this user derives in the same way.
    """
    if len(os.fsencode(directory)) + _LONGEST_NAME <= LONGEST_ADDRESS:
        return directory
    digest = f"{zlib.crc32(os.fsencode(directory.absolute())):08x}"
    return Path("/tmp") / f"lamp-{os.getuid()}-{digest}"  # noqa: S108  checked in _own


def _own(directory: Path) -> None:
    """Make ``directory`` ours, 0750, or refuse it.

    Raises:
        MailboxError: it cannot be made, or belongs to somebody else.
    """
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        status = directory.lstat()
    except OSError as error:
        raise MailboxError(
            f"cannot make the directory of the inboxes, {directory}: {error.strerror}."
            " Give places.runtime in lamp.yaml a directory that can be written"
        ) from error
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise MailboxError(
            f"{directory} can be written by others, so deliveries there could be false."
            f" Remove it, or do: chmod 750 {directory}"
        )


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
        sockets = socket_directory(directory)
        _own(sockets)
        self._path = sockets / f"{name}.sock"
        try:
            self._lock = os.open(sockets / f"{name}.inbox", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise MailboxError(
                f"cannot open an inbox in {sockets}: {error.strerror}. Check its permissions"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise InboxInUse(
                f"a running process already has the inbox {name!r} in {sockets}."
                " Stop the other lamp, or give this one another places.runtime"
            ) from error
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.unlink(missing_ok=True)
            self.socket.bind(str(self._path))
            self._path.chmod(0o600)
            self.socket.listen(_BACKLOG)
            self.socket.setblocking(False)
        except OSError as error:
            self.socket.close()
            os.close(self._lock)
            raise MailboxError(
                f"cannot open the inbox {self._path}: {error.strerror}."
                " Free some disk space or choose another places.runtime"
            ) from error

    def close(self) -> None:
        """Give the name back."""
        self.socket.close()
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
        connection.connect(str(socket_directory(directory) / f"{name}.sock"))
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
