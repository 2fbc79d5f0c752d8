"""The one thread that carries mail: it connects, reads, and writes what did not go at once."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import threading
import time
from collections.abc import Callable
from socket import socket

from lamp.errors import MailboxError
from lamp.mailbox.address import Listener, check_peer
from lamp.mailbox.connection import Connection
from lamp.mailbox.frame import BadFrameError
from lamp.mailbox.inbound import Inbound, InboundConnection
from lamp.mailbox.outbox import Outbox

LOOK_EVERY = 2.0  # s between two looks whether the inbox is still where others look for it

log = logging.getLogger(__name__)


class EventLoop:
    """Sleeps until a socket or :meth:`wake` has something for it, or a connection is due.

    Args:
        name: of the process, for the log.
        listener: has the listening socket, and can take another one.
        changed: the mailbox's lock and condition; everything passed in is guarded by it.
        inbound: takes what callers bring.
        outboxes: what this process has for others, by recipient.
        connect: a connection to a recipient.
        hello: the frame with which every connection begins.
        turn: called with the lock at every turn.
        reports: lines to log are added here by all, and logged without the lock, because
            standard error may be a pipe that nobody empties.
    """

    def __init__(
        self,
        name: str,
        *,
        listener: Listener,
        changed: threading.Condition,
        inbound: Inbound,
        outboxes: dict[str, Outbox],
        connect: Callable[[str], socket],
        hello: bytes,
        turn: Callable[[], None],
        reports: list[str],
    ) -> None:
        self._name = name
        self._listener = listener
        self._look_at = time.monotonic() + LOOK_EVERY
        self._unreachable = ""
        self._changed = changed
        self._inbound = inbound
        self._outboxes = outboxes
        self._connect_to = connect
        self._hello = hello
        self._turn = turn
        self._reports = reports
        self._say = reports.append
        self._closing = False
        self._closed = False
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_in, selectors.EVENT_READ)
        self._selector.register(listener.socket, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Take a turn soon. Safe in a signal handler: it takes no lock."""
        if not self._closed:
            with contextlib.suppress(BlockingIOError):  # it has been rung often enough
                os.write(self._wake_out, b"!")

    def close(self) -> None:
        """Hang up everywhere and end the thread."""
        self._closing = True
        self.wake()
        self._thread.join()
        self._closed = True
        with self._changed:
            for owner in self._owners():
                if owner.connection is not None:
                    owner.connection.close()
        self._selector.close()
        os.close(self._wake_in)
        os.close(self._wake_out)

    def _owners(self) -> list[InboundConnection | Outbox]:
        return [*self._inbound.callers, *self._outboxes.values()]

    def _run(self) -> None:
        while not self._closing:
            with self._changed:
                timeout = self._look_after_outboxes(time.monotonic())
                self._read_on()
                self._update_interest()
                self._turn()
                reports = self._reports.copy()
                self._reports.clear()
            for report in reports:
                log.warning("%s: %s", self._name, report)
            self._look_after_listener(time.monotonic())
            ready = self._selector.select(self._until_look(timeout))
            with self._changed:
                for key, mask in ready:
                    if key.fileobj is self._listener.socket:
                        self._answer()
                    elif key.data is None:
                        os.read(self._wake_in, 1 << 16)
                    else:
                        self._serve(key.data, mask)

    def _until_look(self, timeout: float | None) -> float:
        wait = max(0.0, self._look_at - time.monotonic())
        return wait if timeout is None else min(timeout, wait)

    def _look_after_listener(self, now: float) -> None:
        """Bind the inbox anew if somebody has cleared the directory. Takes no lock: a disk may
        be in the way, and ``send`` waits for nobody."""
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY
        if not self._listener.lost:
            return
        before = self._listener.socket
        self._selector.unregister(before)
        try:
            self._listener.bind_anew()
        except (MailboxError, OSError) as error:
            if str(error) != self._unreachable:
                log.warning("%s: nobody reaches this process any more: %s", self._name, error)
            self._unreachable = str(error)
        else:
            log.warning("%s: the inbox was gone, and is there again", self._name)
            self._unreachable = ""
        self._selector.register(self._listener.socket, selectors.EVENT_READ)

    def _answer(self) -> None:
        try:
            accepted, _ = self._listener.socket.accept()
        except OSError:
            return  # it has hung up already
        try:
            check_peer(accepted)
        except OSError as error:
            self._say(f"refused a connection: {error}")
            accepted.close()
            return
        self._inbound.callers.append(InboundConnection(Connection(accepted)))

    def _serve(self, owner: InboundConnection | Outbox, mask: int) -> None:
        connection = owner.connection
        assert connection is not None  # only this thread hangs up, and not before it has read
        if mask & selectors.EVENT_WRITE:
            connection.push()
            if isinstance(owner, Outbox):
                owner.push()
        if mask & selectors.EVENT_READ:
            self._read(owner, connection)

    def _read(self, owner: InboundConnection | Outbox, connection: Connection) -> None:
        try:
            connection.pull()
            self._process(owner, connection)
        except EOFError:
            self._hang_up(owner, connection)

    def _process(self, owner: InboundConnection | Outbox, connection: Connection) -> None:
        try:
            if isinstance(owner, InboundConnection):
                self._take_in(owner)
            elif owner.take_acknowledgements():
                self._changed.notify_all()
        except BadFrameError as error:
            self._say(f"hung up on {owner.title}: {error}")
            self._hang_up(owner, connection)

    def _take_in(self, caller: InboundConnection) -> None:
        stranger = not caller.sender
        self._inbound.take_in(caller)
        if stranger and caller.sender in self._outboxes:
            # It may have just been started: what waits for it should not wait for a timer too,
            # or it is lost with this process in the meantime.
            self._outboxes[caller.sender].heard_from()

    def _hang_up(self, owner: InboundConnection | Outbox, connection: Connection) -> None:
        with contextlib.suppress(KeyError):  # it may be paused, or too new to be waited for
            self._selector.unregister(connection.socket)
        connection.close()
        if isinstance(owner, InboundConnection):
            self._inbound.callers.remove(owner)
        else:
            owner.disconnected(time.monotonic())

    def _look_after_outboxes(self, now: float) -> float | None:
        """Connect what wants to be; seconds until the next attempt, None if there is none."""
        for outbox in self._outboxes.values():
            if outbox.connection is not None and outbox.connection.broken:
                self._hang_up(outbox, outbox.connection)
            if outbox.wants_connection and outbox.retry_at <= now:
                self._connect(outbox, now)
        waits = [
            outbox.retry_at - now for outbox in self._outboxes.values() if outbox.wants_connection
        ]
        return max(0.0, min(waits)) if waits else None

    def _connect(self, outbox: Outbox, now: float) -> None:
        try:
            connection = Connection(self._connect_to(outbox.recipient))
        except (FileNotFoundError, ConnectionRefusedError):
            outbox.missed(now, absent=True)
        except BlockingIOError:  # too many are knocking just now
            outbox.missed(now, absent=False)
        except OSError as error:
            outbox.missed(now, absent=True)
            if outbox.complain():
                self._say(f"cannot reach {outbox.title}: {error}")
        else:
            outbox.connected(connection, self._hello, now)

    def _read_on(self) -> None:
        """Go on with what has been read, and had to wait for room in the inbox.

        With callers who were never paused, too: there may have been room again before anybody
        looked, and they may have nothing more to send that would wake this thread.
        """
        for caller in list(self._inbound.callers):
            if not self._inbound.full:
                # First what is here: its sender may be dead, and hanging up would lose it.
                self._process(caller, caller.connection)

    def _update_interest(self) -> None:
        """Tell the selector what every connection waits for."""
        for caller in self._inbound.callers:
            caller.connection.paused = self._inbound.full
        for owner in self._owners():
            connection = owner.connection
            if connection is None:
                continue
            known = self._selector.get_map().get(connection.socket)
            if known is None:
                if connection.interest:
                    self._selector.register(connection.socket, connection.interest, owner)
            elif not connection.interest:
                self._selector.unregister(connection.socket)
            elif known.events != connection.interest:
                self._selector.modify(connection.socket, connection.interest, owner)
