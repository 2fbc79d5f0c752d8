"""Writing a file so that it is never half there."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_whole(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write ``content`` so that a reader, or a power cut, finds it or what was there before.

    It is written beside ``path`` and renamed; no link is followed. Missing directories are made,
    for this user only, and so is the file. One process at a time may write the same path.

    Args:
        path: of the file.
        content: text is written as UTF-8.
        durable: flush file and name to the disk, so that it survives a power cut once this
            returns. False where a reboot empties the directory anyway.

    Raises:
        OSError: the disk is full, read-only or gone; what was there before is untouched.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.new")
    written.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(written, _FLAGS, 0o600), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        written.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            written.unlink()
        raise
    if durable:
        flush(path.parent)


def flush(path: Path) -> None:
    """Make what was written to a file, or a new name in a directory, outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
