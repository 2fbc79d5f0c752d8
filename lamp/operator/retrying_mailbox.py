"""Mail for somebody who must not depend on mail."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lamp.errors import MailboxError
from lamp.mailbox import Delivery, Mailbox
from lamp.mailbox.mailbox import OBSERVERS
from lamp.messages import Message

log = logging.getLogger(__name__)

RETRY = 5.0  # s between attempts to open the mailbox
NAP = 0.2  # s, the longest that a stop can go unnoticed meanwhile
MOST_UNSENT = 1000  # messages kept while there is no mailbox

_Unsent = tuple[str, Message, Callable[[], None] | None]


class RetryingMailbox:
    """A :class:`lamp.mailbox.Mailbox` that goes on trying where that one would give up.

    With a read-only or full runtime directory there is no mail, but there is still a
    switch. What is sent meanwhile waits, the oldest going first if it is too much; what is
    for observers never takes the place of what is not.

    Args:
        directory, name, seen: as for Mailbox.
        open_mailbox: makes the real one.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        *,
        seen: Callable[[Message], None] | None = None,
        open_mailbox: Callable[..., Mailbox] = Mailbox,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_mailbox = partial(open_mailbox, directory, name, seen=seen)
        self._monotonic = monotonic
        self._mailbox: Mailbox | None = None
        self._stopped = False
        self._lock = threading.Lock()
        self._unsent: deque[_Unsent] = deque(maxlen=MOST_UNSENT)
        self._unsent_to_observers: deque[_Unsent] = deque(maxlen=MOST_UNSENT)
        self._retry_at = 0.0
        self._warned = False
        self._try()

    @property
    def stopped(self) -> bool:
        """Whether this process has been asked to end."""
        return self._stopped or (self._mailbox is not None and self._mailbox.stopped)

    def send(
        self,
        recipient: str,
        message: Message,
        acknowledged: Callable[[], None] | None = None,
    ) -> None:
        """Send ``message`` as soon as there is a mailbox. Never waits."""
        unsent = self._unsent_to_observers if recipient in OBSERVERS else self._unsent
        unsent.append((recipient, message, acknowledged))
        self._send_all()

    def get(self, timeout: float) -> Delivery | None:
        """The next delivery; None if none came in ``timeout`` seconds, or once stopped."""
        if self._mailbox is not None:
            return self._mailbox.get(timeout)
        until = self._monotonic() + timeout
        while not self._stopped and self._monotonic() < until:
            time.sleep(NAP)  # no event: a signal handler could not set it safely
        if not self._stopped and self._monotonic() >= self._retry_at:
            self._try()
        return None

    def flush(self, timeout: float) -> bool:
        """Wait until all kept messages are acknowledged; False after ``timeout`` seconds."""
        return self._mailbox is not None and self._mailbox.flush(timeout)

    def stop(self) -> None:
        """End ``get``, now and from now on. May be called by a signal handler."""
        self._stopped = True
        if self._mailbox is not None:
            self._mailbox.stop()

    def close(self) -> None:
        """Hang up."""
        if self._mailbox is not None:
            self._mailbox.close()

    def _try(self) -> None:
        self._retry_at = self._monotonic() + RETRY
        try:
            self._mailbox = self._open_mailbox()
        except (MailboxError, OSError) as error:
            if not self._warned:
                log.warning("%s. Until then this lamp is just a switch", error)
            self._warned = True
            return
        if self._stopped:  # a signal came while it was being opened
            self._mailbox.stop()
        self._send_all()

    def _send_all(self) -> None:
        with self._lock:  # or what two threads send could change places
            for unsent in (self._unsent, self._unsent_to_observers):
                while self._mailbox is not None and unsent:
                    self._mailbox.send(*unsent.popleft())
