"""What one process has for one other: in order, bounded, kept until acknowledged."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from lamp.mailbox import frame
from lamp.mailbox.connection import Connection
from lamp.messages import Message

MOST_BYTES = 4 << 20  # of messages that may be lost: two minutes of sound
MOST_KEPT = 4096  # of messages that may not; a recipient is dead for days before that
FIRST_DELAY = 0.005  # s until the second attempt to reach a recipient
LONGEST_DELAY = 0.5  # s


@dataclass(frozen=True, slots=True)
class Item:
    """A message on its way."""

    kind: str
    frame: bytes
    sequence: int  # 0: may be lost
    acknowledged: Callable[[], None] | None = None  # called when the recipient has dealt with it


class Outbox:
    """Messages for one recipient, and the connection to it while there is one.

    Args:
        recipient: name of the process it is for.
        capacity: most messages that may be lost and still wait here.
        observing: whether the recipient only watches. It may never come, so nothing is kept
            for it, and everything is let go when it is not there.
    """

    def __init__(self, recipient: str, capacity: int, observing: bool = False) -> None:
        self.recipient = recipient
        self.observing = observing
        self.connection: Connection | None = None
        self.retry_at = 0.0  # s, not before this
        self._capacity = capacity
        self._delay = FIRST_DELAY
        self._connected_at = 0.0
        self._complained = False
        self._sequence = 0
        self._waiting: deque[Item] = deque()
        self._unacknowledged: OrderedDict[int, Item] = OrderedDict()
        self._loose = 0  # messages in _waiting that may be lost
        self._loose_bytes = 0

    @property
    def settled(self) -> bool:
        """Whether everything kept has been acknowledged."""
        return not self._unacknowledged and len(self._waiting) == self._loose

    @property
    def wants_connection(self) -> bool:
        """Whether there is something to say and nobody connected."""
        return self.connection is None and bool(self._waiting)

    @property
    def all_sent(self) -> bool:
        """Whether everything is with the kernel already."""
        return self.connection is not None and self.connection.idle and not self.connection.broken

    @property
    def title(self) -> str:
        """How to speak of it."""
        return self.recipient

    def add(self, message: Message, acknowledged: Callable[[], None] | None = None) -> list[str]:
        """Put ``message`` at the end; the kinds of those that had to go for it.

        ``acknowledged``: called once, with the mailbox's lock, when the recipient has dealt with
        the message; never for one that may be lost, or had to go.
        """
        text, raw = frame.encode(message)
        sequence = 0
        if message.kept and not self.observing:
            self._sequence += 1
            sequence = self._sequence
        item = Item(type(message).__name__, frame.pack(text, raw, sequence), sequence, acknowledged)
        self._waiting.append(item)
        self._count(item, 1)
        dropped = self._make_room()
        self.push()
        return [] if self.observing and self.connection is None else dropped

    def push(self) -> None:
        """Give the connection what it takes."""
        while (
            self.connection is not None
            and self.connection.idle
            and not self.connection.broken
            and self._waiting
        ):
            item = self._waiting.popleft()
            self._count(item, -1)
            if item.sequence:
                self._unacknowledged[item.sequence] = item
            self.connection.write(item.frame)

    def take_acknowledgements(self) -> bool:
        """Forget what the recipient says it has dealt with; whether that was all.

        Raises:
            BadFrameError: it says something else.
        """
        while self.connection is not None and (answer := self.connection.next()) is not None:
            if not answer.acknowledges:
                raise frame.BadFrameError("an answer that acknowledges nothing")
            item = self._unacknowledged.pop(answer.sequence, None)
            if item is not None and item.acknowledged is not None:
                item.acknowledged()
        return self.settled

    def connected(self, connection: Connection, hello: bytes, now: float) -> None:
        """Somebody answered."""
        self.connection = connection
        self._connected_at = now
        connection.write(hello)
        self.push()

    def missed(self, now: float, absent: bool) -> None:
        """Nobody answered: try again later, a little later each time."""
        self._put_off(now)
        if self.observing and absent:
            self._waiting.clear()
            self._loose = self._loose_bytes = 0

    def heard_from(self) -> None:
        """The recipient has called here, so it is there: the next attempt need not wait."""
        self._delay = FIRST_DELAY
        self.retry_at = 0.0

    def disconnected(self, now: float) -> None:
        """The recipient is gone: what it has not dealt with waits for its successor."""
        self.connection = None
        if now - self._connected_at > LONGEST_DELAY:
            self._delay = FIRST_DELAY
        self._put_off(now)
        self._waiting.extendleft(reversed(self._unacknowledged.values()))
        self._unacknowledged.clear()

    def complain(self) -> bool:
        """Whether the owner should hear that it cannot be reached: once is enough."""
        first, self._complained = not self._complained, True
        return first

    def _put_off(self, now: float) -> None:
        self.retry_at = now + self._delay
        self._delay = min(2 * self._delay, LONGEST_DELAY)

    def _count(self, item: Item, sign: int) -> None:
        if not item.sequence:
            self._loose += sign
            self._loose_bytes += sign * len(item.frame)

    def _make_room(self) -> list[str]:
        dropped = []
        while self._loose > self._capacity or (self._loose > 1 and self._loose_bytes > MOST_BYTES):
            dropped.append(self._drop(next(item for item in self._waiting if not item.sequence)))
        if len(self._waiting) - self._loose + len(self._unacknowledged) > MOST_KEPT:
            oldest = next(
                item
                for item in chain(self._unacknowledged.values(), self._waiting)
                if item.sequence
            )
            if self._unacknowledged.pop(oldest.sequence, None) is None:
                self._drop(oldest)
            dropped.append(oldest.kind)
        return dropped

    def _drop(self, item: Item) -> str:
        self._waiting.remove(item)
        self._count(item, -1)
        return item.kind
