"""Watching a switch: by the kernel's edge events where one can rely on them, else by looking.

There are kernels that have edge events and leave some out (the falling ones, on a Le Potato).
So the contact is looked at often until both its edges have been told, seldom from then on, and
often for good once it turns out to have changed without one.
"""

from __future__ import annotations

import math
import os
import select
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from lamp.operator.chips import Edge
from lamp.operator.debounce import Debouncer

LOOK_EVERY = 0.025  # s between looks at a resting contact whose edges cannot be relied on
LOOK_CLOSELY = 0.002  # s between looks while such a contact is settling
LOOK_SELDOM = 1.0  # s between looks at one whose edges can
RETRY = 1.0  # s, after the kernel failed to say the level


class Watched(Protocol):
    """A line that can be looked at; :class:`lamp.operator.chips.TakenLine` is one."""

    def level(self) -> bool:
        """Whether the line is high now."""

    def fileno(self) -> int | None:
        """What becomes readable at an edge; None: nothing does."""

    def edges(self) -> Iterable[Edge]:
        """The edges since the last call."""


class Watcher:
    """Calls ``changed(level)`` whenever the contact on ``line`` has really changed.

    Args:
        debouncer: holds the reference level; a change since it was read is not lost.
        changed: called in the watcher's own thread.
        report: told of trouble; must not block.
        now: s, on the clock of the edges.
        title: what the contact is called in reports.
    """

    def __init__(
        self,
        line: Watched,
        debouncer: Debouncer,
        changed: Callable[[bool], None],
        report: Callable[[str], None],
        now: Callable[[], float] = time.monotonic,
        title: str = "the switch",
    ) -> None:
        self._line = line
        self._debouncer = debouncer
        self._changed = changed
        self._report = report
        self._now = now
        self._title = title
        self._since_change: set[bool] = set()  # levels told by edges since it has changed
        self._proven: set[bool] = set()  # levels whose coming an edge has told
        self._misses_edges = False
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._run, name=title, daemon=True)

    def start(self) -> None:
        """Watch from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer. Returns when the thread has ended. Never to be started again."""
        os.close(self._waker)
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._wake)

    def look(self, readable: bool) -> None:
        """Take in what the line shows now, and its edges where it is ``readable``."""
        was_flapping = self._debouncer.flapping
        if readable:
            for edge in self._line.edges():
                self._take(None, edge.at)  # until this edge the level was what it was
                if self._relies_on_edges and self._debouncer.rests(edge.level):
                    self._miss()  # it cannot have come from where it was
                self._since_change.add(edge.level)
                self._take(edge.level, edge.at)
        self._take(self._line.level(), self._now())
        if self._debouncer.flapping and not was_flapping:
            self._report(
                f"{self._title} is flapping: check its wiring. It is ignored until it rests"
            )
        elif was_flapping and not self._debouncer.flapping:
            self._report(f"{self._title} has come to rest and works again")

    def pause(self) -> float:
        """Seconds until the next look is due, if no edge comes before."""
        wait = self._debouncer.wait(self._now())
        if self._relies_on_edges:
            return LOOK_SELDOM if wait is None else wait
        settling = wait is not None and not self._debouncer.flapping
        return LOOK_CLOSELY if settling else LOOK_EVERY

    @property
    def _relies_on_edges(self) -> bool:
        return len(self._proven) == 2 and not self._misses_edges

    def _take(self, level: bool | None, now: float) -> None:
        if not self._debouncer.observe(level, now):
            return
        new = self._debouncer.level
        if new in self._since_change:
            self._proven.add(new)
        elif self._line.fileno() is not None and not self._misses_edges:
            self._miss()
        self._since_change.clear()
        self._changed(new)

    def _miss(self) -> None:
        self._misses_edges = True
        self._report(
            f"the kernel did not tell every edge of {self._title}."
            f" It is looked at every {1000 * LOOK_EVERY:.0f} ms instead"
        )

    def _run(self) -> None:
        waiting = select.poll()
        waiting.register(self._wake)
        line = self._line.fileno()
        if line is not None:
            waiting.register(line, select.POLLIN)
        pause = 0.0
        while True:
            ready = {descriptor for descriptor, _ in waiting.poll(math.ceil(pause * 1000))}
            if self._wake in ready:
                return
            try:
                if line not in ready and self._debouncer.rests(self._line.level()):
                    # Nearly always, so it had better be cheap.
                    self._since_change.clear()
                    pause = LOOK_SELDOM if self._relies_on_edges else LOOK_EVERY
                    continue
                self.look(line in ready)
                pause = self.pause()
            except Exception as error:  # whatever it is, the switch must be watched on
                self._report(f"{self._title} could not be read: {error}. Trying again")
                if self._rest(RETRY):
                    return
                pause = 0.0

    def _rest(self, seconds: float) -> bool:
        """Wait, whatever the line does; True if told to stop meanwhile."""
        waiting = select.poll()
        waiting.register(self._wake)
        return bool(waiting.poll(seconds * 1000))
