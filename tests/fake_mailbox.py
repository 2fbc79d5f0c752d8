"""A mailbox without sockets, for driving a process's loop by hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from lamp.messages import Message, Stop


@dataclass
class FakeDelivery:
    """Remembers whether it was dealt with."""

    message: Message
    sender: str = "test"
    acknowledged: bool = False

    def ack(self) -> None:
        self.acknowledged = True


@dataclass
class FakeMailbox:
    """Gives out the deliveries it was made with, then a Stop."""

    deliveries: deque[FakeDelivery | None] = field(default_factory=deque)
    sent: list[tuple[str, Message]] = field(default_factory=list)
    stopped: bool = False

    @classmethod
    def with_messages(cls, *messages: Message | None) -> FakeMailbox:
        """None stands for a get() in whose time nothing came."""
        deliveries = [None if each is None else FakeDelivery(each) for each in messages]
        return cls(deque(deliveries))

    def get(self, timeout: float | None = None) -> FakeDelivery | None:
        return self.deliveries.popleft() if self.deliveries else FakeDelivery(Stop())

    def send(
        self, recipient: str, message: Message, acknowledged: Callable[[], None] = lambda: None
    ) -> None:
        self.sent.append((recipient, message))
        acknowledged()

    def flush(self, timeout: float) -> bool:
        return True

    def to(self, recipient: str) -> list[Message]:
        return [message for name, message in self.sent if name == recipient]
