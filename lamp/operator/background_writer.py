"""What is written and told after the lamp has moved: the state file, the log, and mail.

It has its own thread and a queue that never blocks those who put into it, so a slow disk, a
full pipe or a stuck mailbox delays the writing and never the lamp.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from lamp.messages import Correction, EarlierFlip, Flip, LampChanged, Message
from lamp.operator.anticipator_feed import AnticipatorFeed, Send
from lamp.operator.flip_journal import FlipJournal
from lamp.operator.operator import StateChange
from lamp.operator.state import LastState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Acknowledged:
    """The anticipator has dealt with ``message``."""

    message: Message


Work = StateChange | tuple[str, Message] | str | _Acknowledged


class BackgroundWriter:
    """Takes :class:`StateChange` and lines for the log, and deals with them in order.

    Args:
        remember: writes the last state; may raise OSError.
        send: puts a message into somebody's mailbox.
        journal: keeps flips until they are in the diary; what it still has is sent first. None:
            a flip that the anticipator has not taken is lost with this process.
    """

    def __init__(
        self,
        remember: Callable[[LastState], None],
        send: Send,
        journal: FlipJournal | None = None,
    ) -> None:
        self._remember = remember
        self._remembers = True
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._send = send
        self._journal = journal
        self._feed = AnticipatorFeed(send, lambda told: self._work.put(_Acknowledged(told)))
        for message in journal.left if journal is not None else ():
            self._work.put(("anticipator", message))
        self._thread = threading.Thread(target=self._run, name="background writer", daemon=True)
        self._thread.start()

    def put(self, change: StateChange) -> None:
        """Deal with ``change`` soon. Never blocks. Its flips outlive this process from here on."""
        if self._journal is not None:
            for message in change.said:
                if isinstance(message, Flip | Correction):
                    self._journal.note(message)
        self._work.put(change)

    def send(self, recipient: str, message: Message) -> None:
        """Send ``message`` after all that was taken before. Never blocks."""
        self._work.put((recipient, message))

    def warn(self, line: str) -> None:
        """Log ``line`` as a warning soon. Never blocks."""
        self._work.put(line)

    def close(self, timeout: float = 2.0) -> None:
        """Finish what was taken so far, waiting at most ``timeout`` seconds."""
        self._work.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        last: LastState | None = None
        while True:
            # Of several states in a row only the newest is worth writing.
            if last is not None and self._work.empty():
                self._write(last)
                last = None
            if self._journal is not None and self._work.empty():
                self._journal.save()
            work = self._work.get()
            if work is None:
                if last is not None:
                    self._write(last)
                if self._journal is not None:
                    self._end(self._journal)
                return
            if isinstance(work, StateChange):
                last = work.last
            try:
                self._deal_with(work)
            except Exception:  # a bug in the mail must not cost the state file
                log.exception("could not tell the others what the lamp did")

    def _deal_with(self, work: Work) -> None:
        if isinstance(work, str):
            log.warning("%s", work)
        elif isinstance(work, tuple):
            self._tell(*work)
        elif isinstance(work, _Acknowledged):
            self._feed.acknowledged()
            if self._journal is not None and isinstance(work.message, _FLIPS):
                self._journal.written(work.message.id)
        else:
            if self._journal is not None and not self._journal.in_memory:
                self._journal.save()  # what has been told must not be lost
            for message in work.said:
                self._tell("anticipator", message)
                self._tell("observer", message)
                log.info("%s", _plain(message))

    def _tell(self, recipient: str, message: Message) -> None:
        if recipient == "anticipator" and self._journal is not None:
            self._feed.add(message)
        else:
            self._send(recipient, message)

    def _end(self, journal: FlipJournal) -> None:
        journal.save()
        if journal.waiting:
            log.warning(
                "%d flips are not in the diary yet, as the anticipator has not taken them. %s",
                journal.waiting,
                "They are kept, and told at the next start"
                if journal.kept
                else "They are lost, as no journal can be written",
            )
        journal.close()

    def _write(self, last: LastState) -> None:
        try:
            self._remember(last)
        except OSError as error:
            if self._remembers:  # once is enough: the switch works all the same
                log.warning(
                    "the lamp's last state cannot be written: %s. Free or remount the disk, "
                    "else it will not be known after a power cut",
                    error,
                )
            self._remembers = False
        else:
            self._remembers = True


_FLIPS = Flip | Correction | EarlierFlip


def _plain(message: Message) -> str:
    if isinstance(message, LampChanged):
        return f"the lamp is {message.state} ({message.cause}, {1000 * message.took:.1f} ms)"
    assert isinstance(message, Flip | Correction)
    undoing = f", undoing {message.directive}" if isinstance(message, Correction) else ""
    return f"flip {message.id} to {message.state}{undoing}"
