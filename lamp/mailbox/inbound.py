"""Those who call on an inbox: who they are, and which of their messages are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from lamp.mailbox import frame
from lamp.mailbox.connection import Connection
from lamp.mailbox.frame import BadFrameError, Frame, Hello, UnknownMessageError
from lamp.mailbox.inbox import Delivery, Inbox, SenderSession
from lamp.messages import Message


@dataclass(slots=True, eq=False)
class InboundConnection:
    """A connection that somebody opened to this inbox."""

    connection: Connection
    sender: str = ""  # until it has said who it is
    session: SenderSession | None = None

    @property
    def title(self) -> str:
        """How to speak of it."""
        return self.sender or "a stranger"


class Inbound:
    """Takes what callers bring into the inbox. The mailbox's lock is held in every call.

    Args:
        inbox: where it goes.
        dropped: counts, by kind, what had to go for it.
        arrived: called when there is a new delivery.
        finish: called with a sender's session and a sequence number when a delivery is done.
        say: takes a line for the log.
    """

    def __init__(
        self,
        inbox: Inbox,
        dropped: Counter[str],
        *,
        arrived: Callable[[], None],
        finish: Callable[[SenderSession, int], None],
        say: Callable[[str], None],
    ) -> None:
        self.callers: list[InboundConnection] = []
        self._inbox = inbox
        self._dropped = dropped
        self._arrived = arrived
        self._finish = finish
        self._say = say

    @property
    def full(self) -> bool:
        """Whether callers have to wait."""
        return self._inbox.full

    def take_in(self, caller: InboundConnection) -> None:
        """Everything that has come whole, while there is room.

        Raises:
            BadFrameError: this is not one of us, or has lost the thread.
        """
        while not self._inbox.full and (arrived := caller.connection.next()) is not None:
            try:
                message = frame.decode(arrived)
            except UnknownMessageError as error:
                if caller.session is None:
                    raise BadFrameError(f"no greeting, but {error}") from error
                self._say(f"unknown message from {caller.sender}: {error}")
                # Its sender would send it for ever, and nobody here will ever understand it.
                caller.connection.write(frame.acknowledgement(arrived.sequence))
                continue
            if caller.session is not None:
                self._deliver(caller, caller.session, message, arrived)
            elif isinstance(message, Hello):
                caller.sender = message.sender
                caller.session = self._inbox.session(message.sender, message.incarnation)
            else:
                raise BadFrameError("no greeting")

    def acknowledge(self, session: SenderSession, sequence: int) -> bool:
        """Say that a delivery is done, on every connection to that life of its sender.

        Of two connections one is dead, and nobody here knows which. False: somebody has to push.
        """
        session.pending.discard(sequence)
        connections = [
            caller.connection
            for caller in self.callers
            if caller.session is session and not caller.connection.broken
        ]
        for connection in connections:
            connection.write(frame.acknowledgement(sequence))
        return all(connection.idle for connection in connections)

    def _deliver(
        self, caller: InboundConnection, session: SenderSession, message: Message, arrived: Frame
    ) -> None:
        sequence = arrived.sequence
        ack = None
        if sequence:
            if sequence <= session.last:  # sent again, because a connection had broken
                if sequence not in session.pending:
                    caller.connection.write(frame.acknowledgement(sequence))
                return
            session.last = sequence
            session.pending.add(sequence)

            def ack() -> None:
                self._finish(session, sequence)

        self._dropped.update(self._inbox.put(Delivery(message, caller.sender, arrived.size, ack)))
        self._arrived()
