"""What a process owes to another one, kept where its own death does not reach it.

A mailbox keeps a message until the receiver has dealt with it, but in memory. Who has to answer
for a message also when it is killed itself writes it into a journal, sends it, and strikes it
out when it is acknowledged. A successor finds what is left and sends it again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lamp.runtime.journal_file import Entry, JournalFile

MOST = 20_000  # entries owed at a time: years of flips
MOST_BYTES = 8 << 20  # of a file, before what was struck out is taken out of it

log = logging.getLogger(__name__)


class Journal:
    """Entries by their ``id``, in memory-backed storage at once and on the disk soon after.

    :meth:`add` may be called from any thread and touches no disk. All else is for one thread,
    which may wait for disks; where there is no disk's file, it waits for nothing either.

    Args:
        memory: a file in memory-backed storage; None: there is none.
        disk: a file on a disk; None: a power cut may take the entries.

    A file that cannot be used is warned of once, and done without.
    """

    def __init__(self, memory: Path | None, disk: Path | None) -> None:
        self._lock = threading.Lock()
        self._ill: set[str] = set()  # files that were warned of
        self._met = ""  # what add met and could not say, because logging may wait
        self._memory = self._open(memory, durable=False)
        self._disk = self._open(disk, durable=True)
        on_disk, in_memory = self._read(self._disk), self._read(self._memory)
        self._owed = on_disk | in_memory
        self._not_on_disk = [entry for name, entry in in_memory.items() if name not in on_disk]

    def __len__(self) -> int:
        return len(self._owed)

    @property
    def owed(self) -> list[Entry]:
        """What has not been struck out, oldest first."""
        with self._lock:
            return list(self._owed.values())

    @property
    def in_memory(self) -> bool:
        """Whether what was added survives the death of the process before :meth:`save`."""
        return self._memory is not None

    def add(self, entry: Entry) -> None:
        """Owe ``entry``. Never waits for a disk or for the log, never raises."""
        with self._lock:
            if len(self._owed) >= MOST:
                self._met = f"{MOST} entries are owed already; newer ones are lost with the process"
                return
            self._owed[entry["id"]] = entry
            self._not_on_disk.append(entry)
            if self._memory is not None:
                try:
                    self._memory.add([entry])
                except OSError as error:
                    self._met = f"it cannot be kept in memory: {error.strerror}"

    def save(self) -> None:
        """Bring to the disk what is still owed and not there yet."""
        with self._lock:
            met, self._met = self._met, ""
            new, self._not_on_disk = self._not_on_disk, []
            new = [entry for entry in new if entry["id"] in self._owed]
            owed = list(self._owed.values())
            if self._memory is not None and _to_be_renewed(self._memory):
                self._try("memory", self._memory.replace, owed)
        if met:
            log.warning("the journal: %s", met)
        if self._disk is None:
            return
        if _to_be_renewed(self._disk):
            saved = self._try("disk", self._disk.replace, owed)
        else:
            saved = not new or self._try("disk", self._disk.add, new)
        if not saved:
            with self._lock:
                self._not_on_disk[:0] = new

    def strike_out(self, name: str) -> None:
        """The entry of this id is owed no more. Once nothing is owed the files are emptied."""
        with self._lock:
            self._owed.pop(name, None)
            if self._owed:
                return
            if self._memory is not None:
                self._try("memory", self._memory.clear)
        # Only this thread adds to the disk's file: what others owe since is not in it yet.
        if self._disk is not None and self._disk.size:
            self._try("disk", self._disk.clear)

    def close(self) -> None:
        """Close the files; what is owed stays in them."""
        for file in (self._memory, self._disk):
            if file is not None:
                file.close()

    def _open(self, path: Path | None, durable: bool) -> JournalFile | None:
        if path is None:
            return None
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return JournalFile(path, durable)
        except OSError as error:
            log.warning("%s cannot be kept: %s. Free or remount its disk", path, error.strerror)
            return None

    def _read(self, file: JournalFile | None) -> dict[str, Entry]:
        if file is None:
            return {}
        try:
            entries, damaged = file.read()
        except OSError as error:
            log.warning("a journal cannot be read: %s", error.strerror)
            return {}
        if damaged:
            log.warning("%d damaged lines of a journal are left out", damaged)
        return {str(entry.get("id", "")): entry for entry in entries}

    def _try(self, where: str, action: Callable[..., None], *arguments: Any) -> bool:
        try:
            action(*arguments)
        except OSError as error:
            if where not in self._ill:
                self._ill.add(where)
                log.warning("the journal cannot be kept (%s): %s", where, error.strerror)
            return False
        self._ill.discard(where)
        return True


def _to_be_renewed(file: JournalFile) -> bool:
    return file.removed or file.size > MOST_BYTES
