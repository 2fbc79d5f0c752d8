"""What the anticipator is told of switch and lamp: in order, and no more than a mailbox keeps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from lamp.messages import LampChanged, Message

UNDER_WAY = 1000  # messages; a mailbox that holds four times as many begins to drop them


class Send(Protocol):
    """Puts a message into somebody's mailbox; tells when the recipient has dealt with it."""

    def __call__(
        self, recipient: str, message: Message, acknowledged: Callable[[], None] = ..., /
    ) -> None:
        """Never waits. ``acknowledged`` is called by another thread, and must not wait either."""


class AnticipatorFeed:
    """Hands on flips and changes of the lamp as the anticipator takes them. For one thread.

    While some wait their turn, of several changes of the lamp only the last is worth telling.

    Args:
        send: as of a mailbox.
        acknowledged: called by another thread with each message that was dealt with; it must
            see to it that :meth:`acknowledged` is called by this one.
    """

    def __init__(self, send: Send, acknowledged: Callable[[Message], None]) -> None:
        self._send = send
        self._tell = acknowledged
        self._waiting: deque[Message] = deque()
        self._change: LampChanged | None = None
        self._under_way = 0

    def add(self, message: Message) -> None:
        """Send ``message`` when its turn comes."""
        if isinstance(message, LampChanged) and self._waiting:
            self._change = message
        else:
            self._waiting.append(message)
        self._push()

    def acknowledged(self) -> None:
        """One more has been dealt with."""
        self._under_way -= 1
        self._push()

    def _push(self) -> None:
        while self._under_way < UNDER_WAY and (self._waiting or self._change):
            if self._waiting:
                message: Message = self._waiting.popleft()
            else:
                assert self._change is not None
                message, self._change = self._change, None
            self._under_way += 1
            self._send("anticipator", message, self._acknowledge(message))

    def _acknowledge(self, message: Message) -> Callable[[], None]:
        return lambda: self._tell(message)
