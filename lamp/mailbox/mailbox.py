"""All the mail of one process: everybody puts and gets here, one thread carries."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from lamp.mailbox import frame
from lamp.mailbox.address import Listener, connect
from lamp.mailbox.event_loop import EventLoop
from lamp.mailbox.frame import Hello
from lamp.mailbox.inbound import Inbound
from lamp.mailbox.inbox import Delivery, Inbox, SenderSession
from lamp.mailbox.outbox import Outbox
from lamp.messages import Message, Stop

OBSERVERS = frozenset({"observer"})  # names that nothing is kept for
_REPORT_EVERY = 10.0  # s between two log lines about dropped messages


class Mailbox:
    """The inbox of one process and its outboxes for all others.

    ``send`` and ``get`` may be called from any thread. ``send`` writes to the socket by
    itself when it can do so without waiting; everything else is done by one thread that
    sleeps when there is nothing to do. No lock is shared with another process, so a killed
    one can hold none.

    Args:
        directory: the runtime directory, the same for all processes of a lamp.
        name: of this inbox, such as "operator".
        capacity: most deliveries that wait in the inbox, and most messages that may be lost
            and wait for one recipient. They also never take more than 4 MiB on either side.
        seen: told every message that ``get`` returns (a replay's clock listens here).
        observers: recipients that nothing is kept for, and that may never come.

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
        observers: frozenset[str] = OBSERVERS,
    ) -> None:
        self.name = name
        self._capacity = capacity
        self._seen = seen
        self._observers = observers
        self._stopped = False
        self._closed = False
        self._changed = threading.Condition(threading.Lock())
        self._inbox = Inbox(capacity)
        self._outboxes: dict[str, Outbox] = {}
        self._dropped: Counter[str] = Counter()
        self._reported: Counter[str] = Counter()
        self._report_at = 0.0
        self._reports: list[str] = []
        self._inbound = Inbound(
            self._inbox,
            self._dropped,
            arrived=self._changed.notify_all,
            finish=self._finish,
            say=self._reports.append,
        )
        self._listener = Listener(directory, name)
        self._loop = EventLoop(
            name,
            listener=self._listener,
            changed=self._changed,
            inbound=self._inbound,
            outboxes=self._outboxes,
            connect=lambda recipient: connect(directory, recipient),
            hello=frame.pack(*frame.encode(Hello(name, os.urandom(8).hex()))),
            turn=self._turn,
            reports=self._reports,
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

    def send(
        self,
        recipient: str,
        message: Message,
        acknowledged: Callable[[], None] | None = None,
    ) -> None:
        """Send ``message`` to the inbox ``recipient``. Never waits for anybody.

        ``acknowledged``: called by the mail's thread once the recipient has dealt with a kept
        message. It must neither wait nor use this mailbox, whose lock is held.
        """
        with self._changed:
            outbox = self._outboxes.get(recipient)
            if outbox is None:
                outbox = Outbox(recipient, self._capacity, recipient in self._observers)
                self._outboxes[recipient] = outbox
            self._dropped.update(outbox.add(message, acknowledged))
            all_sent = outbox.all_sent
        if not all_sent:
            self._loop.wake()

    def get(self, timeout: float | None = None) -> Delivery | None:
        """The next delivery; None if none came in ``timeout`` seconds, or once stopped.

        A :class:`lamp.messages.Stop` is not handed out: it stops this process, after
        everything that came before it.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._inbox.waiting, timeout)
            if self._stopped or not self._inbox.waiting:
                return None
            was_full = self._inbox.full
            delivery = self._inbox.take()
        if was_full:
            self._loop.wake()
        if isinstance(delivery.message, Stop):
            self.stop()
            return None
        if self._seen is not None:
            self._seen(delivery.message)
        return delivery

    def flush(self, timeout: float) -> bool:
        """Wait until all kept messages are acknowledged; False after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(self._settled, timeout)

    def stop(self) -> None:
        """End ``get``, now and from now on. May be called by a signal handler."""
        self._stopped = True
        self._loop.wake()  # which notifies: a handler may have interrupted the lock's holder

    def close(self) -> None:
        """Hang up and give the inbox back. What is not acknowledged is lost."""
        self._stopped = True
        if not self._closed:
            self._closed = True
            self._loop.close()
            self._listener.close()

    def _settled(self) -> bool:
        return all(outbox.settled for outbox in self._outboxes.values())

    def _finish(self, session: SenderSession, sequence: int) -> None:
        with self._changed:
            all_sent = self._inbound.acknowledge(session, sequence)
        if not all_sent:
            self._loop.wake()

    def _turn(self) -> None:
        """At every turn of the loop: wake who waits for the end, report what was lost."""
        if self._stopped:
            self._changed.notify_all()
        lost = self._dropped - self._reported
        now = time.monotonic()
        if lost and now >= self._report_at:
            self._report_at = now + _REPORT_EVERY
            self._reported = self._dropped.copy()
            kinds = ", ".join(f"{count} {kind}" for kind, count in lost.items())
            self._reports.append(f"dropped {kinds}, the oldest first: there was no room to wait")
