"""Utterances that wait to be heard. When there is no keeping up, the newest are heard in time.

A lamp that hears everything, and everything too late, obeys nothing: at 5 % more speech than it
can hear, first in, first out, the wait grows until nothing can be acted on any more. So the oldest
are left out until those behind them can be acted on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lamp.messages import Utterance, Watermark

BUSY = 0.5  # share of the time, above which there is none for what cannot be acted on
MEMORY = 20.0  # s of the past that the share is of


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message, and when it came in (s)."""

    message: Utterance | Watermark
    arrived: float


class Backlog:
    """Utterances and watermarks in the order in which they came.

    Args:
        oldest: s after its end from which an utterance is too old to matter.
        in_time: s after its end until which an utterance has to be heard to be acted on.
        takes: how long it is going to take to hear an utterance, s.
    """

    def __init__(
        self,
        oldest: float,
        in_time: float = math.inf,
        takes: Callable[[Utterance], float] = lambda _: 0.0,
    ) -> None:
        self._oldest = oldest
        self._in_time = in_time
        self._takes = takes
        self._waiting: deque[Waiting] = deque()
        self._busy = _Busy()
        self.dropped = 0  # whole utterances, since the start

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def put(self, message: Utterance | Watermark, arrived: float) -> None:
        """A partial utterance makes earlier ones of the same id needless."""
        if isinstance(message, Utterance):
            self._waiting = deque(
                entry for entry in self._waiting if not _supersedes(message, entry.message)
            )
        self._waiting.append(Waiting(message, arrived))

    def take(self, now: Callable[[], float]) -> Iterator[Waiting]:
        """Everything that is worth hearing, oldest first; the rest is dropped and counted.

        Watermarks are never dropped: they are small, and time must go on.

        Args:
            now: the time, s, asked anew for every entry.
        """
        while self._waiting:
            entry = self._waiting.popleft()
            began = now()
            if isinstance(entry.message, Utterance) and self._has_to_go(entry.message, began):
                self.dropped += entry.message.final
                continue
            yield entry
            self._busy.note(began, now())

    def _has_to_go(self, utterance: Utterance, now: float) -> bool:
        """Whether it is too old, or others would be heard too late for its sake.

        One that is late itself is heard where there is time: a flip may still teach its meaning.
        """
        if now - utterance.ended > self._oldest:
            return True
        busy = self._busy.share(now) > BUSY
        now += self._takes(utterance)
        if now - utterance.ended <= self._in_time:
            return False
        if busy:
            return True
        for entry in self._waiting:
            if isinstance(entry.message, Utterance) and entry.message.final:
                now += self._takes(entry.message)
                if now - entry.message.ended > self._in_time:
                    return True
        return False


class _Busy:
    """Which share of the last time somebody was busy, 0..1."""

    def __init__(self) -> None:
        self._share = 0.0
        self._until = -math.inf  # s, when it was that

    def share(self, now: float) -> float:
        """At ``now`` s, if nobody has been busy since the last note."""
        return self._share * math.exp(-max(0.0, now - self._until) / MEMORY)

    def note(self, began: float, ended: float) -> None:
        """Busy from ``began`` to ``ended`` s, and not before that."""
        idle = self.share(began)
        self._share = idle + (1 - idle) * (1 - math.exp(-max(0.0, ended - began) / MEMORY))
        self._until = ended


def _supersedes(newer: Utterance, older: Utterance | Watermark) -> bool:
    return isinstance(older, Utterance) and older.id == newer.id and not older.final
