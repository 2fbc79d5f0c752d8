"""All the mail of one process: one thread carries it, everybody else only puts and gets."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lamp.mailbox import frame
from lamp.mailbox.address import Doorplate, check_peer, knock
from lamp.mailbox.frame import BadFrameError, Hello, UnknownMessageError
from lamp.mailbox.inbox import Inbox, Letter, Past
from lamp.mailbox.line import Line
from lamp.mailbox.outbox import Outbox
from lamp.messages import Message, Stop

WATCHERS = frozenset({"house"})  # names that nothing is kept for
_REPORT_EVERY = 10.0  # s between two log lines about dropped messages

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Caller:
    """A connection that somebody opened to this inbox."""

    line: Line
    sender: str = ""  # until it has said who it is
    past: Past | None = None


class Post:
    """The inbox of one process and its outboxes for all others.

    ``send`` and ``get`` may be called from any thread. ``send`` writes to the socket by
    itself when it can do so without waiting; everything else (connecting, reading, what
    the kernel did not take at once) is done by one thread that sleeps when there is nothing
    to do. No lock is shared with another process, so a killed one can hold none.

    Args:
        directory: the runtime directory, the same for all processes of a lamp.
        name: of this inbox, such as "operator".
        capacity: most letters that wait in the inbox, and most messages that may be lost
            and wait for one recipient. Letters that may be lost also never take more than
            4 MiB on either side.
        seen: told every message that ``get`` returns (a replay's clock listens here).
        watchers: recipients that nothing is kept for.

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
        self._directory = directory
        self._capacity = capacity
        self._seen = seen
        self._watchers = watchers
        self._doorplate = Doorplate(directory, name)
        self._hello = frame.seal(*frame.body(Hello(name, os.urandom(8).hex())))
        self._changed = threading.Condition(threading.Lock())
        self._inbox = Inbox(capacity)
        self._outboxes: dict[str, Outbox] = {}
        self._callers: list[Caller] = []
        self._dropped: Counter[str] = Counter()
        self._reported: Counter[str] = Counter()
        self._report_at = 0.0
        self._stopped = False
        self._closing = False
        self._closed = False
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_in, selectors.EVENT_READ)
        self._selector.register(self._doorplate.socket, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._carry, name="mail", daemon=True)
        self._thread.start()

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
            dropped = outbox.add(message)
            if outbox.line is not None or not outbox.watched:
                self._dropped.update(dropped)
            carried = outbox.line is not None and outbox.line.idle and not outbox.line.broken
        if not carried:
            self._wake()

    def get(self, timeout: float | None = None) -> Letter | None:
        """The next letter; None if none came in ``timeout`` seconds, or once stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._inbox.waiting, timeout)
            if self._stopped or not self._inbox.waiting:
                return None
            was_full = self._inbox.full
            letter = self._inbox.take()
            if isinstance(letter.message, Stop):  # all that came before it is handled
                self._stopped = True
        if was_full:
            self._wake()
        if self._stopped:
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
        self._wake()  # not notify: the handler may have interrupted the holder of the lock

    def close(self) -> None:
        """Hang up and give the inbox back. What is not acknowledged is lost."""
        self._closing = True
        self.stop()
        self._thread.join()
        self._closed = True
        lines = [caller.line for caller in self._callers]
        lines += [outbox.line for outbox in self._outboxes.values() if outbox.line is not None]
        for line in lines:
            line.close()
        self._selector.close()
        self._doorplate.close()
        os.close(self._wake_in)
        os.close(self._wake_out)

    def _settled(self) -> bool:
        return all(outbox.settled for outbox in self._outboxes.values())

    def _wake(self) -> None:
        if not self._closed:
            with contextlib.suppress(BlockingIOError):  # full of wake-up calls already
                os.write(self._wake_out, b"!")

    # What follows runs in the carrying thread, or with the lock held, or both.

    def _carry(self) -> None:
        while not self._closing:
            with self._changed:
                timeout = self._look_after_outboxes(time.monotonic())
                self._update_interest()
                reports = self._reports(time.monotonic())
                if self._stopped:
                    self._changed.notify_all()
            for report in reports:  # not with the lock: standard error may be a full pipe
                log.warning(report)
            ready = self._selector.select(timeout)
            with self._changed:
                for key, mask in ready:
                    self._serve(key.fileobj, key.data, mask)

    def _serve(self, door: object, owner: Caller | Outbox | None, mask: int) -> None:
        if door is self._doorplate.socket:
            self._answer()
        elif owner is None:
            os.read(self._wake_in, 1 << 16)
        elif owner.line is not None:
            if mask & selectors.EVENT_WRITE:
                owner.line.push()
            if isinstance(owner, Outbox):
                owner.push()
            if mask & selectors.EVENT_READ:
                self._read(owner, owner.line)

    def _answer(self) -> None:
        try:
            connection, _ = self._doorplate.socket.accept()
        except OSError:
            return  # it has hung up already
        try:
            check_peer(connection)
        except OSError as error:
            log.warning("%s: refused a connection: %s", self.name, error)
            connection.close()
            return
        self._callers.append(Caller(Line(connection)))

    def _read(self, owner: Caller | Outbox, line: Line) -> None:
        try:
            line.pull()
            if isinstance(owner, Caller):
                self._take_in(owner)
            else:
                self._take_acknowledgements(owner, line)
        except EOFError:
            self._hang_up(owner, line)
        except BadFrameError as error:
            who = owner.sender if isinstance(owner, Caller) else owner.recipient
            log.warning("%s: hung up on %s: %s", self.name, who or "a stranger", error)
            self._hang_up(owner, line)

    def _take_acknowledgements(self, outbox: Outbox, line: Line) -> None:
        while (answer := line.next()) is not None:
            if not answer.acknowledges:
                raise BadFrameError("an answer that acknowledges nothing")
            outbox.acknowledged(answer.sequence)
            if outbox.settled:
                self._changed.notify_all()

    def _take_in(self, caller: Caller) -> None:
        while not self._inbox.full and (arrived := caller.line.next()) is not None:
            try:
                message = frame.understand(arrived)
            except UnknownMessageError as error:
                if caller.past is None:
                    raise BadFrameError(f"no greeting, but {error}") from error
                log.warning("%s: unknown message from %s: %s", self.name, caller.sender, error)
                caller.line.write(frame.acknowledgement(arrived.sequence))  # or it comes for ever
                continue
            if caller.past is None:
                if not isinstance(message, Hello):
                    raise BadFrameError("no greeting")
                caller.sender = message.sender
                caller.past = self._inbox.past(message.sender, message.incarnation)
            elif self._is_new(caller, caller.past, arrived.sequence):
                self._deliver(caller, caller.past, message, arrived)

    def _is_new(self, caller: Caller, past: Past, sequence: int) -> bool:
        """Whether a message is no repetition; if it is one of a thing done, say so again."""
        if not sequence or sequence > past.last:
            return True
        if sequence not in past.pending:
            caller.line.write(frame.acknowledgement(sequence))
        return False

    def _deliver(self, caller: Caller, past: Past, message: Message, arrived: frame.Frame) -> None:
        done = None
        if arrived.sequence:
            past.last = arrived.sequence
            past.pending.add(arrived.sequence)

            def done() -> None:
                self._done(past, arrived.sequence)

        letter = Letter(message, caller.sender, arrived.size, done)
        self._dropped.update(self._inbox.put(letter))
        self._changed.notify_all()

    def _done(self, past: Past, sequence: int) -> None:
        """Acknowledge on every line to that life of the sender: the first may be dead."""
        with self._changed:
            past.pending.discard(sequence)
            for caller in self._callers:
                if caller.past is past and not caller.line.broken:
                    caller.line.write(frame.acknowledgement(sequence))
            carried = all(caller.line.idle for caller in self._callers)
        if not carried:
            self._wake()

    def _hang_up(self, owner: Caller | Outbox, line: Line) -> None:
        if line.socket in self._selector.get_map():
            self._selector.unregister(line.socket)
        line.close()
        if isinstance(owner, Caller):
            self._callers.remove(owner)
        else:
            owner.disconnected(time.monotonic())

    def _look_after_outboxes(self, now: float) -> float | None:
        """Connect what wants to be; seconds until the next attempt, None if there is none."""
        for outbox in self._outboxes.values():
            if outbox.line is not None and outbox.line.broken:
                self._hang_up(outbox, outbox.line)
            if outbox.wants_line and outbox.retry_at <= now:
                self._connect(outbox, now)
        waits = [each.retry_at - now for each in self._outboxes.values() if each.wants_line]
        return min(waits, default=None)

    def _connect(self, outbox: Outbox, now: float) -> None:
        try:
            line = Line(knock(self._directory, outbox.recipient))
        except (FileNotFoundError, ConnectionRefusedError):
            outbox.missed(now, absent=True)
        except OSError as error:  # its queue of callers is full, or it is not ours
            if not isinstance(error, BlockingIOError):
                log.warning("%s: cannot reach %s: %s", self.name, outbox.recipient, error)
            outbox.missed(now, absent=False)
        else:
            outbox.connected(line, self._hello, now)

    def _update_interest(self) -> None:
        """Tell the selector what every line waits for; read on where there is room again."""
        for caller in list(self._callers):
            if caller.line.paused and not self._inbox.full:
                caller.line.paused = False
                self._read(caller, caller.line)
        owners: list[Caller | Outbox] = [*self._callers, *self._outboxes.values()]
        for owner in owners:
            line = owner.line
            if line is None:
                continue
            if isinstance(owner, Caller):
                line.paused = self._inbox.full
            known = self._selector.get_map().get(line.socket)
            if known is None and line.interest:
                self._selector.register(line.socket, line.interest, owner)
            elif known is not None and not line.interest:
                self._selector.unregister(line.socket)
            elif known is not None and known.events != line.interest:
                self._selector.modify(line.socket, line.interest, owner)

    def _reports(self, now: float) -> list[str]:
        """What to say about dropped messages, not too often."""
        lost = self._dropped - self._reported
        if not lost or now < self._report_at:
            return []
        self._report_at = now + _REPORT_EVERY
        self._reported = self._dropped.copy()
        kinds = ", ".join(f"{count} {kind}" for kind, count in lost.items())
        return [f"{self.name}: dropped {kinds}, the oldest first: no room to wait"]
