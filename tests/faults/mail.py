"""A mailbox for one life of a process: it brings what is still owed, and notes what is settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamp.mailbox import Delivery
from lamp.messages import Message


class OwedMail:
    """Brings ``owed`` once each, then nothing for a while, then a stop.

    Args:
        owed: messages by the name they are known under.
        takes: recipients that acknowledge at once what is sent to them.
    """

    def __init__(self, owed: Sequence[tuple[str, Message]], takes: Sequence[str] = ()) -> None:
        self._owed = list(owed)
        self._idle = 3
        self._takes = takes
        self.settled: list[str] = []
        self.sent: list[tuple[str, Message]] = []
        self.stopped = False

    def __call__(self, *_: Any, **__: Any) -> OwedMail:
        """As what opens a mailbox."""
        return self

    def get(self, timeout: float | None = None) -> Delivery | None:
        """See :class:`lamp.mailbox.Mailbox`."""
        if self._owed:
            name, message = self._owed.pop(0)
            return Delivery(message, "test", _ack=lambda: self.settled.append(name))
        self._idle -= 1
        self.stopped = self._idle < 0
        return None

    def send(
        self, recipient: str, message: Message, acknowledged: Callable[[], None] | None = None
    ) -> None:
        """See :class:`lamp.mailbox.Mailbox`."""
        self.sent.append((recipient, message))
        if acknowledged is not None and recipient in self._takes:
            acknowledged()

    def flush(self, timeout: float) -> bool:
        """See :class:`lamp.mailbox.Mailbox`."""
        return True

    def stop(self) -> None:
        """See :class:`lamp.mailbox.Mailbox`."""
        self.stopped = True

    def close(self) -> None:
        """See :class:`lamp.mailbox.Mailbox`."""
