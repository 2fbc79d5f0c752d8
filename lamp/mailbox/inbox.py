"""What has come for one process: bounded, each kept message once, until it is acknowledged."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from lamp.messages import Message

MOST_BYTES = 4 << 20  # of waiting messages that may be lost
_LIVES_REMEMBERED = 64  # incarnations of senders


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message, who sent it, and the way to say that it has been dealt with."""

    message: Message
    sender: str
    size: int = 0  # bytes
    _ack: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    def ack(self) -> None:
        """Acknowledge: call it once the effect is as durable as it is going to be.

        A kept message whose receiver dies before this comes again to its successor.
        """
        if self._ack is not None:
            self._ack()


@dataclass(slots=True)
class SenderSession:
    """What this process knows of one life of one sender."""

    last: int = 0  # highest sequence number seen
    pending: set[int] = field(default_factory=set)  # seen, not yet acknowledged


class Inbox:
    """Letters in the order in which they came.

    Args:
        capacity: most deliveries that wait. When there are more, the oldest that may be lost
            goes; when none may be lost, :attr:`full` asks the senders to hold theirs.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._deliveries: deque[Delivery] = deque()
        self._loose_bytes = 0
        self._sessions: OrderedDict[tuple[str, str], SenderSession] = OrderedDict()

    @property
    def waiting(self) -> int:
        """Number of deliveries."""
        return len(self._deliveries)

    @property
    def full(self) -> bool:
        """Whether senders should hold what they have."""
        return len(self._deliveries) >= self._capacity and all(
            delivery.message.kept for delivery in self._deliveries
        )

    def session(self, sender: str, incarnation: str) -> SenderSession:
        """What is known of this life of ``sender``."""
        key = (sender, incarnation)
        session = self._sessions.setdefault(key, SenderSession())
        self._sessions.move_to_end(key)
        while len(self._sessions) > _LIVES_REMEMBERED:
            self._sessions.popitem(last=False)
        return session

    def put(self, delivery: Delivery) -> list[str]:
        """Add a delivery; the kinds of those that had to go for it."""
        self._deliveries.append(delivery)
        self._loose_bytes += 0 if delivery.message.kept else delivery.size
        dropped = []
        while len(self._deliveries) > self._capacity or self._loose_bytes > MOST_BYTES:
            oldest = next((other for other in self._deliveries if not other.message.kept), None)
            if oldest is None or len(self._deliveries) == 1:
                break
            self._deliveries.remove(oldest)
            self._loose_bytes -= oldest.size
            dropped.append(type(oldest.message).__name__)
        return dropped

    def take(self) -> Delivery:
        """The oldest delivery. There must be one."""
        delivery = self._deliveries.popleft()
        self._loose_bytes -= 0 if delivery.message.kept else delivery.size
        return delivery
