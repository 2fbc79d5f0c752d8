"""Utterances that wait to be heard. When there is no keeping up, the oldest go unheard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lamp.messages import Utterance, Watermark


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message, and when it came in (s)."""

    message: Utterance | Watermark
    arrived: float


class Backlog:
    """Utterances and watermarks in the order in which they came.

    Args:
        oldest: s after its end from which an utterance is too old to matter.
    """

    def __init__(self, oldest: float) -> None:
        self._oldest = oldest
        self._waiting: deque[Waiting] = deque()
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
            if isinstance(entry.message, Utterance) and now() - entry.message.ended > self._oldest:
                self.dropped += entry.message.final
                continue
            yield entry


def _supersedes(newer: Utterance, older: Utterance | Watermark) -> bool:
    return isinstance(older, Utterance) and older.id == newer.id and not older.final
