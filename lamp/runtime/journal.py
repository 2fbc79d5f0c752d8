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

    A file that cannot be used is warned of once, done without, and tried again at every
    :meth:`save`. What is found in it then is owed, too.
    """

    def __init__(self, memory: Path | None, disk: Path | None) -> None:
        self._lock = threading.Lock()
        self._ill: set[str] = set()  # files that were warned of
        self._met = ""  # what add met and could not say, because logging may wait
        self._paths = {"memory": memory, "disk": disk}
        self._memory, in_memory = self._open("memory")
        self._disk, on_disk = self._open("disk")
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

    @property
    def kept(self) -> bool:
        """Whether all that is owed is in a file now, and so survives this process."""
        with self._lock:
            return self._memory is not None or (self._disk is not None and not self._not_on_disk)

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
        self._open_again()
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

    def _open_again(self) -> None:
        """The files that could not be used until now; with them comes all that is owed."""
        if self._memory is None and self._paths["memory"] is not None:
            memory, found = self._open("memory")
            with self._lock:
                self._owed = found | self._owed
                if memory is None:
                    pass
                elif self._try("memory", memory.replace, self._all()):
                    self._memory = memory
                else:
                    memory.close()
        if self._disk is None and self._paths["disk"] is not None:
            self._disk, found = self._open("disk")
            with self._lock:
                self._owed = found | self._owed
                self._not_on_disk = [each for each in self._all() if each["id"] not in found]

    def _all(self) -> list[Entry]:
        return list(self._owed.values())

    def _open(self, where: str) -> tuple[JournalFile | None, dict[str, Entry]]:
        """The file, and what it holds by id. One that cannot be read must not be written to."""
        path = self._paths[where]
        if path is None:
            return None, {}
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = JournalFile(path, durable=where == "disk")
            try:
                entries, damaged = file.read()
            except OSError:
                file.close()
                raise
        except OSError as error:
            if where not in self._ill:
                self._ill.add(where)
                log.warning("%s cannot be kept: %s. Free or remount its disk", path, error.strerror)
            return None, {}
        if damaged:
            log.warning("%d damaged lines of a journal are left out", damaged)
        self._ill.discard(where)
        return file, {str(entry.get("id", "")): entry for entry in entries}

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
