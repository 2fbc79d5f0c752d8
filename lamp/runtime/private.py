"""What is heard stays with this process and this user: no core dumps, no files for others.

Nothing here imports what could fail; each process calls :func:`protect` before it does anything.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from lamp.errors import MailboxError

_PR_SET_DUMPABLE = 4  # <linux/prctl.h>
_UMASK = 0o077


def protect(hears: bool = True) -> None:
    """Write no core when this process crashes, and files that nobody else may read.

    A core holds the sound that was just being heard. The limit keeps the kernel from writing
    one; where cores are handed to a program (systemd-coredump, apport) only a process that is
    not dumpable is spared, and its memory is closed to other programs of the same user, too.

    Args:
        hears: whether this process ever has sound or words. The operator has neither, and should
            be small.
    """
    os.umask(_UMASK)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if hears and sys.platform == "linux":
        import ctypes  # noqa: PLC0415  see above

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    # The voice activity detector's library would start a debugger on a process that aborts.
    os.environ["GGML_NO_BACKTRACE"] = "1"


def own_directory(directory: Path) -> None:
    """Make ``directory`` ours alone to write, or refuse it. To be called before it is used.

    Raises:
        MailboxError: it cannot be made, is a link, belongs to somebody else, or others may
            write to it or take it away.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = directory.lstat()
        above = directory.parent.stat()
    except OSError as error:
        raise MailboxError(
            f"cannot make the directory of the inboxes, {directory}: {error.strerror}."
            " Give places.runtime in lamp.yaml a directory that can be written"
        ) from error
    if directory.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise MailboxError(
            f"{directory} can be written by others, so deliveries there could be false."
            f" Remove it, or do: chmod 700 {directory}"
        )
    if above.st_uid not in (0, os.getuid()) or above.st_mode & 0o1002 == 0o002:
        raise MailboxError(
            f"{directory.parent} can be written by others, who could put another directory in the"
            f" place of {directory}. Give places.runtime in lamp.yaml a safer one"
        )


def owned(directory: Path) -> Path | None:
    """``directory``, made and checked as by :func:`own_directory`; None if it is refused."""
    try:
        own_directory(directory)
    except MailboxError:
        return None
    return directory
