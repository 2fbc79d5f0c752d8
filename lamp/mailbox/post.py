"""All the mail of one process: everybody puts and gets here, one thread carries."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from lamp.mailbox import frame
from lamp.mailbox.address import Doorplate, knock
from lamp.mailbox.carrier import Carrier
from lamp.mailbox.frame import Hello
from lamp.mailbox.inbox import Inbox, Letter, Past
from lamp.mailbox.outbox import Outbox
from lamp.mailbox.reception import Reception
from lamp.messages import Message, Stop

WATCHERS = frozenset({"house"})  # names that nothing is kept for
_REPORT_EVERY = 10.0  # s between two log lines about dropped messages


class Post:
    """The inbox of one process and its outboxes for all others.

    ``send`` and ``get`` may be called from any thread. ``send`` writes to the socket by
    itself when it can do so without waiting; everything else is done by one thread that
    sleeps when there is nothing to do. No lock is shared with another process, so a killed
    one can hold none.

    Args:
        directory: the runtime directory, the same for all processes of a lamp.
        name: of this inbox, such as "operator".
        capacity: most letters that wait in the inbox, and most messages that may be lost
            and wait for one recipient. They also never take more than 4 MiB on either side.
        seen: told every message that ``get`` returns (a replay's clock listens here).
        watchers: recipients that nothing is kept for, and that may never come.

    Raises:
        InboxInUse: a living process has this inbox.
        MailboxError: the directory cannot be used.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        capacity: int = 256,
        *,
        seen: Callable[[Message], None] | None = None,
        watchers: frozenset[str] = WATCHERS,
    ) -> None:
        self.name = name
        self._capacity = capacity
        self._seen = seen
        self._watchers = watchers
        self._stopped = False
        self._closed = False
        self._changed = threading.Condition(threading.Lock())
        self._inbox = Inbox(capacity)
        self._outboxes: dict[str, Outbox] = {}
        self._dropped: Counter[str] = Counter()
        self._reported: Counter[str] = Counter()
        self._report_at = 0.0
        self._reports: list[str] = []
        self._reception = Reception(
            self._inbox,
            self._dropped,
            self._changed.notify_all,
            self._finish,
            self._reports.append,
        )
        self._doorplate = Doorplate(directory, name)
        self._carrier = Carrier(
            name,
            self._doorplate.socket,
            self._changed,
            self._reception,
            self._outboxes,
            lambda recipient: knock(directory, recipient),
            frame.seal(*frame.body(Hello(name, os.urandom(8).hex()))),
            self._turn,
            self._reports,
        )

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many messages of each kind were lost here, because they could not wait."""
        with self._changed:
            return dict(self._dropped)

    @property
    def stopped(self) -> bool:
        """Whether this process has been asked to end."""
        return self._stopped

    def send(self, recipient: str, message: Message) -> None:
        """Send ``message`` to the inbox ``recipient``. Never waits for anybody."""
        with self._changed:
            outbox = self._outboxes.get(recipient)
            if outbox is None:
                outbox = Outbox(recipient, self._capacity, recipient in self._watchers)
                self._outboxes[recipient] = outbox
            self._dropped.update(outbox.add(message))
            carried = outbox.carried
        if not carried:
            self._carrier.wake()

    def get(self, timeout: float | None = None) -> Letter | None:
        """The next letter; None if none came in ``timeout`` seconds, or once stopped.

        A :class:`lamp.messages.Stop` is not handed out: it stops this process, after
        everything that came before it.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._inbox.waiting, timeout)
            if self._stopped or not self._inbox.waiting:
                return None
            was_full = self._inbox.full
            letter = self._inbox.take()
        if was_full:
            self._carrier.wake()
        if isinstance(letter.message, Stop):
            self.stop()
            return None
        if self._seen is not None:
            self._seen(letter.message)
        return letter

    def flush(self, timeout: float) -> bool:
        """Wait until all kept messages are acknowledged; False after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(self._settled, timeout)

    def stop(self) -> None:
        """End ``get``, now and from now on. May be called by a signal handler."""
        self._stopped = True
        self._carrier.wake()  # which notifies: a handler may have interrupted the lock's holder

    def close(self) -> None:
        """Hang up and give the inbox back. What is not acknowledged is lost."""
        self._stopped = True
        if not self._closed:
            self._closed = True
            self._carrier.close()
            self._doorplate.close()

    def _settled(self) -> bool:
        return all(outbox.settled for outbox in self._outboxes.values())

    def _finish(self, past: Past, sequence: int) -> None:
        with self._changed:
            carried = self._reception.acknowledge(past, sequence)
        if not carried:
            self._carrier.wake()

    def _turn(self) -> None:
        """At every turn of the carrier: wake who waits for the end, report what was lost."""
        if self._stopped:
            self._changed.notify_all()
        lost = self._dropped - self._reported
        now = time.monotonic()
        if lost and now >= self._report_at:
            self._report_at = now + _REPORT_EVERY
            self._reported = self._dropped.copy()
            kinds = ", ".join(f"{count} {kind}" for kind, count in lost.items())
            self._reports.append(f"dropped {kinds}, the oldest first: there was no room to wait")
