"""Writing a file so that it is never half there."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write_whole(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write ``content`` so that a reader, or a power cut, finds it or what was there before.

    It is written beside ``path`` and renamed. Missing directories are made, for this user and
    its group only. One process at a time may write the same path.

    Args:
        path: of the file.
        content: text is written as UTF-8.
        durable: flush file and name to the disk, so that it survives a power cut once this
            returns. False where a reboot empties the directory anyway.

    Raises:
        OSError: the disk is full, read-only or gone; what was there before is untouched.
    """
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.new")
    try:
        with written.open("wb") as file:
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
        _flush_directory(path.parent)


def _flush_directory(directory: Path) -> None:
    """Make a new name in ``directory`` outlive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
