"""A mailbox on paper, for process loops under test: what comes in is a list, what goes out too."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from lamp.mailbox import Delivery
from lamp.messages import Message


class PaperMailbox:
    """Hands out ``incoming`` and then stops the process, unless told to ``go_on``.

    Args:
        incoming: messages, or functions to be called when their turn comes.
        seen: as of the real mailbox.
    """

    def __init__(
        self,
        incoming: Iterable[Message | Callable[[], None]] = (),
        seen: Callable[[Message], None] = lambda message: None,
        go_on: bool = False,
    ) -> None:
        self._incoming = deque(incoming)
        self._seen = seen
        self._go_on = go_on
        self.sent: list[tuple[str, Message]] = []
        self.acknowledgements: list[Callable[[], None]] = []  # for a test to call
        self.stopped = False

    def send(
        self,
        recipient: str,
        message: Message,
        acknowledged: Callable[[], None] | None = None,
    ) -> None:
        self.sent.append((recipient, message))
        if acknowledged is not None:
            self.acknowledgements.append(acknowledged)

    def get(self, timeout: float | None = None) -> Delivery | None:
        while self._incoming:
            entry = self._incoming.popleft()
            if isinstance(entry, Message):
                self._seen(entry)
                return Delivery(entry, "test")
            entry()
            return None
        self.stopped = self.stopped or not self._go_on
        return None

    def to(self, recipient: str) -> list[Message]:
        return [message for name, message in self.sent if name == recipient]


class PaperHeartbeat:
    """Remembers what was said last."""

    def __init__(self) -> None:
        self.facts: dict[str, object] = {}

    def beat(self, **facts: object) -> None:
        self.facts.update(facts)


class HandClock:
    """Live, as far as the process knows, and moved by hand."""

    def __init__(self, now: float = 0.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
