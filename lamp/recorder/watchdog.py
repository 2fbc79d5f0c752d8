"""Ends the process when a blocking read never returns.

Some drivers answer the loss of their device with a read that hangs for ever; nothing in
the process can then be trusted to wake up, so it goes, and is started again.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from lamp.errors import EXIT_AUDIO
from lamp.recorder.block import Block

LONGEST_READ = 5.0  # s

log = logging.getLogger(__name__)


def _leave() -> None:
    # Not sys.exit: the thread that hangs in the driver would keep the process.
    os._exit(EXIT_AUDIO)


class Watchdog:
    """Within its `with`, a watched source has to give a block every five seconds.

    Args:
        device: name for the log.
        patience: s.
        leave: ends the process.
    """

    def __init__(
        self, device: str, patience: float = LONGEST_READ, leave: Callable[[], None] = _leave
    ) -> None:
        self._device = device
        self._patience = patience
        self._leave = leave
        self._alive = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def watched(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """``blocks``, each of which calms the watchdog."""
        for block in blocks:
            self._alive.set()
            yield block

    def _watch(self) -> None:
        while not self._over.wait(self._patience):
            if not self._alive.is_set():
                log.error("no sound from %s for %g s. Starting again", self._device, self._patience)
                self._leave()
                return
            self._alive.clear()

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join()
