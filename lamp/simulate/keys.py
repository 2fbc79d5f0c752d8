"""Keys, one by one as they are pressed; a pipe or nothing at all will do as well."""

from __future__ import annotations

import os
import select
import termios
import time
import tty
from types import TracebackType
from typing import Any, TextIO


class Keys:
    """While it is open, keys need no Enter and do not show; Ctrl-C still interrupts.

    Args:
        source: a terminal, a pipe or a file.
    """

    def __init__(self, source: TextIO) -> None:
        """Change nothing yet."""
        self.keyboard = source.isatty()
        self._before: list[Any] | None = None
        try:
            self._file: int | None = source.fileno()
        except (OSError, ValueError):  # closed, or not a file at all
            self._file = None

    def __enter__(self) -> Keys:
        """Every key counts from now on."""
        if self.keyboard and self._file is not None:
            self._before = termios.tcgetattr(self._file)
            tty.setcbreak(self._file)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The terminal is as it was."""
        if self._before is not None and self._file is not None:
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def pressed(self, timeout: float) -> str:
        """The keys pressed since the last call; waits up to ``timeout`` s for the first."""
        if self._file is None:
            time.sleep(timeout)
            return ""
        ready, _, _ = select.select([self._file], [], [], timeout)
        if not ready:
            return ""
        pressed = os.read(self._file, 64)
        if not pressed:  # the pipe has ended: nobody will press a key any more
            self._file = None
        return pressed.decode("utf-8", "replace")
