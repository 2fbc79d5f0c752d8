"""When those who sent something may forget it: once it is written, and not before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from lamp.mailbox.inbox import Delivery

MOST = 10_000  # deliveries that are not acknowledged; their senders keep fewer


class Acknowledgements:
    """Acknowledges deliveries when nothing that they led to waits to be written any more.

    Args:
        written: tries to write what waits; whether nothing waits any more.
    """

    def __init__(self, written: Callable[[], bool]) -> None:
        self._written = written
        self._deliveries: deque[Delivery] = deque()

    def put(self, delivery: Delivery) -> None:
        """``delivery`` is dealt with; what it led to may still have to be written."""
        self._deliveries.append(delivery)
        if len(self._deliveries) > MOST:
            self._deliveries.popleft().ack()

    def settle(self) -> None:
        """Acknowledge all of them, if everything is written."""
        if self._written():
            while self._deliveries:
                self._deliveries.popleft().ack()
