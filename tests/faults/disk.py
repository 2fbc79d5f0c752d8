"""A disk whose n-th operation fails, for this process, its threads and its children."""

from __future__ import annotations

import ctypes
import errno
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("nth.c")


def build(folder: Path) -> Path:
    """Compile the library that a process has to be started with (LD_PRELOAD)."""
    library = folder / "nth.so"
    command = ["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


class Disk:
    """The files under ``directory``, in a process that was started with the library."""

    def __init__(self, directory: Path) -> None:
        self._library = ctypes.CDLL(None)
        self._directory = directory

    def fail(self, nth: int, for_good: bool) -> None:
        """Let the operation number ``nth`` from now on fail, or that and all behind it.

        0: none; they are counted alone.
        """
        arguments = (bytes(self._directory), nth, for_good, errno.EIO)
        self._library.lamp_fault_arm(*arguments)

    def mend(self) -> int:
        """All is well again; how many operations there were."""
        self._library.lamp_fault_disarm()
        return int(self._library.lamp_fault_counted())
