"""A file to which lines are only added, each by one write, and which is emptied all at once."""

from __future__ import annotations

import errno
import json
import os
import zlib
from pathlib import Path
from typing import Any

Entry = dict[str, Any]  # plain JSON

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


class JournalFile:
    """Entries on a disk or in memory; what was added survives the death of its process.

    A line is the CRC-32 of an entry and the entry as JSON. It begins on a new line even where a
    predecessor was killed within its last one, so that a torn line costs itself and no other.

    Args:
        path: readable by its owner alone; its directory must exist.
        durable: entries shall survive a power cut, too, once :meth:`add` has returned.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, durable: bool) -> None:
        self._path = path
        self._durable = durable
        self._file = os.open(path, _FLAGS, 0o600)

    @property
    def size(self) -> int:
        """Bytes."""
        return os.fstat(self._file).st_size

    @property
    def removed(self) -> bool:
        """Whether somebody took the file away: what is added now would be found by nobody."""
        return os.fstat(self._file).st_nlink == 0

    def read(self) -> tuple[list[Entry], int]:
        """The entries, oldest first, and how many lines were damaged."""
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            lines = [line for line in file.read().split(b"\n") if line]
        entries = [_entry(line) for line in lines]
        return [entry for entry in entries if entry is not None], entries.count(None)

    def add(self, entries: list[Entry]) -> None:
        """Put ``entries`` at the end.

        Raises:
            OSError: the disk is full, read-only or gone. Some of them may be there.
        """
        self._write(self._file, entries)

    def clear(self) -> None:
        """Empty it. A power cut may bring back what was there.

        Raises:
            OSError: the disk is gone.
        """
        os.ftruncate(self._file, 0)

    def replace(self, entries: list[Entry]) -> None:
        """Have ``entries`` and nothing else; until that is done, what was there before.

        Raises:
            OSError: the disk is full, read-only or gone; nothing has changed.
        """
        beside = self._path.with_name(f"{self._path.name}.new")
        beside.unlink(missing_ok=True)
        file = os.open(beside, _FLAGS | os.O_EXCL, 0o600)
        try:
            self._write(file, entries)
            beside.replace(self._path)
        except OSError:
            os.close(file)
            beside.unlink(missing_ok=True)
            raise
        os.close(self._file)
        self._file = file

    def close(self) -> None:
        """Close it; what it holds stays."""
        os.close(self._file)

    def _write(self, file: int, entries: list[Entry]) -> None:
        block = b"".join(_line(entry) for entry in entries)
        if os.write(file, block) != len(block):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self._durable:
            os.fsync(file)


def memory_backed(directory: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Whether files in ``directory`` are kept in memory, so that no disk can hold up a write."""
    try:
        table = [line.split(" ") for line in mounts.read_text().splitlines()]
        place = Path(os.path.realpath(directory))
    except (OSError, ValueError):
        return False
    under = [(len(row[1]), row[2]) for row in table if place.is_relative_to(_unescaped(row[1]))]
    # Of two file systems mounted on one place the later one is seen.
    return max(reversed(under), key=lambda row: row[0], default=(0, ""))[1] in ("tmpfs", "ramfs")


def _unescaped(name: str) -> str:
    for octal, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        name = name.replace(octal, character)
    return name


def _line(entry: Entry) -> bytes:
    text = json.dumps(entry, separators=(",", ":")).encode()
    return b"\n%08x %s\n" % (zlib.crc32(text), text)


def _entry(line: bytes) -> Entry | None:
    checksum, _, text = line.partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(text):
            return None
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
