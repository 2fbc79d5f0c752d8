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

from lamp.mailbox.address import check_peer
from lamp.mailbox.frame import BadFrameError
from lamp.mailbox.line import Line
from lamp.mailbox.outbox import Outbox
from lamp.mailbox.reception import Caller, Reception

log = logging.getLogger(__name__)


class Carrier:
    """Sleeps until a socket or :meth:`wake` has something for it, or a connection is due.

    Args:
        name: of the process, for the log.
        door: the listening socket.
        changed: the post's lock and condition; everything passed in is guarded by it.
        reception: takes what callers bring.
        outboxes: what this process has for others, by recipient.
        knock: a connection to a recipient.
        hello: the frame with which every connection begins.
        turn: called with the lock at every turn.
        reports: lines to log are added here by all, and logged without the lock, because
            standard error may be a pipe that nobody empties.
    """

    def __init__(
        self,
        name: str,
        door: socket,
        changed: threading.Condition,
        reception: Reception,
        outboxes: dict[str, Outbox],
        knock: Callable[[str], socket],
        hello: bytes,
        turn: Callable[[], None],
        reports: list[str],
    ) -> None:
        self._name = name
        self._door = door
        self._changed = changed
        self._reception = reception
        self._outboxes = outboxes
        self._knock = knock
        self._hello = hello
        self._turn = turn
        self._reports = reports
        self._say = reports.append
        self._closing = False
        self._closed = False
        self._bell_in, self._bell_out = os.pipe()
        os.set_blocking(self._bell_in, False)
        os.set_blocking(self._bell_out, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell_in, selectors.EVENT_READ)
        self._selector.register(door, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._carry, name="mail", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Take a turn soon. Safe in a signal handler: it takes no lock."""
        if not self._closed:
            with contextlib.suppress(BlockingIOError):  # it has been rung often enough
                os.write(self._bell_out, b"!")

    def close(self) -> None:
        """Hang up everywhere and end the thread."""
        self._closing = True
        self.wake()
        self._thread.join()
        self._closed = True
        with self._changed:
            for owner in self._owners():
                if owner.line is not None:
                    owner.line.close()
        self._selector.close()
        os.close(self._bell_in)
        os.close(self._bell_out)

    def _owners(self) -> list[Caller | Outbox]:
        return [*self._reception.callers, *self._outboxes.values()]

    def _carry(self) -> None:
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
            ready = self._selector.select(timeout)
            with self._changed:
                for key, mask in ready:
                    if key.fileobj is self._door:
                        self._answer()
                    elif key.data is None:
                        os.read(self._bell_in, 1 << 16)
                    else:
                        self._serve(key.data, mask)

    def _answer(self) -> None:
        try:
            connection, _ = self._door.accept()
        except OSError:
            return  # it has hung up already
        try:
            check_peer(connection)
        except OSError as error:
            self._say(f"refused a connection: {error}")
            connection.close()
            return
        self._reception.callers.append(Caller(Line(connection)))

    def _serve(self, owner: Caller | Outbox, mask: int) -> None:
        line = owner.line
        assert line is not None  # only this thread hangs up, and not before it has read
        if mask & selectors.EVENT_WRITE:
            line.push()
            if isinstance(owner, Outbox):
                owner.push()
        if mask & selectors.EVENT_READ:
            self._read(owner, line)

    def _read(self, owner: Caller | Outbox, line: Line) -> None:
        try:
            line.pull()
            self._understand(owner, line)
        except EOFError:
            self._hang_up(owner, line)

    def _understand(self, owner: Caller | Outbox, line: Line) -> None:
        try:
            if isinstance(owner, Caller):
                self._take_in(owner)
            elif owner.take_acknowledgements():
                self._changed.notify_all()
        except BadFrameError as error:
            self._say(f"hung up on {owner.title}: {error}")
            self._hang_up(owner, line)

    def _take_in(self, caller: Caller) -> None:
        stranger = not caller.sender
        self._reception.take_in(caller)
        if stranger and caller.sender in self._outboxes:
            # It may have just been started: what waits for it should not wait for a timer too,
            # or it is lost with this process in the meantime.
            self._outboxes[caller.sender].heard_from()

    def _hang_up(self, owner: Caller | Outbox, line: Line) -> None:
        with contextlib.suppress(KeyError):  # it may be paused, or too new to be waited for
            self._selector.unregister(line.socket)
        line.close()
        if isinstance(owner, Caller):
            self._reception.callers.remove(owner)
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
        return max(0.0, min(waits)) if waits else None

    def _connect(self, outbox: Outbox, now: float) -> None:
        try:
            line = Line(self._knock(outbox.recipient))
        except (FileNotFoundError, ConnectionRefusedError):
            outbox.missed(now, absent=True)
        except BlockingIOError:  # too many are knocking just now
            outbox.missed(now, absent=False)
        except OSError as error:
            outbox.missed(now, absent=True)
            if outbox.complain():
                self._say(f"cannot reach {outbox.title}: {error}")
        else:
            outbox.connected(line, self._hello, now)

    def _read_on(self) -> None:
        """Go on with what has been read, and had to wait for room in the inbox.

        With callers who were never paused, too: there may have been room again before anybody
        looked, and they may have nothing more to send that would wake this thread.
        """
        for caller in list(self._reception.callers):
            if not self._reception.full:
                # First what is here: its sender may be dead, and hanging up would lose it.
                self._understand(caller, caller.line)

    def _update_interest(self) -> None:
        """Tell the selector what every line waits for."""
        for caller in self._reception.callers:
            caller.line.paused = self._reception.full
        for owner in self._owners():
            line = owner.line
            if line is None:
                continue
            known = self._selector.get_map().get(line.socket)
            if known is None:
                if line.interest:
                    self._selector.register(line.socket, line.interest, owner)
            elif not line.interest:
                self._selector.unregister(line.socket)
            elif known.events != line.interest:
                self._selector.modify(line.socket, line.interest, owner)
