"""A log that never holds up who writes into it: standard error may be a pipe that nobody reads."""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import TextIO

MOST = 1000  # lines that wait
AT_THE_END = 1.0  # s that the last lines are waited for

log = logging.getLogger(__name__)


class PatientHandler(logging.Handler):
    """Writes lines in a thread of its own; those for which there is no room are counted.

    Args:
        stream: may block.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._counting = threading.Lock()  # not that of logging, which is held while we flush
        self._unwritten = 0
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Never blocks. Called by logging, with this handler's lock."""
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
            return
        with self._counting:
            if self._unwritten >= MOST:
                self._dropped += 1
                return
            self._unwritten += 1
        self._lines.put(line)

    def flush(self) -> None:
        """Wait until all is written, but not for long: nobody may be reading."""
        until = time.monotonic() + AT_THE_END
        while self._unwritten and time.monotonic() < until:
            time.sleep(0.002)

    def _run(self) -> None:
        while True:
            line = self._lines.get()
            try:
                self._stream.write(f"{line}\n")
                self._stream.flush()
            except (OSError, ValueError):  # it was closed
                pass
            with self._counting:
                self._unwritten -= 1
                dropped, self._dropped = self._dropped, 0
            if dropped:
                log.warning("%d lines of the log were dropped: nobody read them", dropped)
