"""What the page asks of the lamp's processes, and whether they have dealt with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from lamp.messages import Message

PATIENCE = 3.0  # s to wait for an answer


class Send(Protocol):
    """Puts a message into somebody's mailbox; tells when the recipient has dealt with it."""

    def __call__(
        self, recipient: str, message: Message, acknowledged: Callable[[], None], /
    ) -> None:
        """Never waits. ``acknowledged`` is called by another thread."""


class Requests:
    """Sends for the loop that serves the page.

    Args:
        send: as of a mailbox.
        patience: s.
    """

    def __init__(self, send: Send, patience: float = PATIENCE) -> None:
        self._send = send
        self._patience = patience

    async def ask(self, recipient: str, message: Message) -> bool:
        """Send a kept message; whether it was dealt with in time.

        Where it was not, it waits for the recipient, and is dealt with when that comes back.
        """
        assert message.kept
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        self._send(recipient, message, lambda: _set(loop, done))
        try:
            await asyncio.wait_for(done.wait(), self._patience)
        except TimeoutError:
            return False
        return True


def _set(loop: asyncio.AbstractEventLoop, done: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(done.set)
