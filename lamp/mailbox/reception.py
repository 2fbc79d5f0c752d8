"""Those who call on an inbox: who they are, and which of their messages are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from lamp.mailbox import frame
from lamp.mailbox.frame import BadFrameError, Frame, Hello, UnknownMessageError
from lamp.mailbox.inbox import Inbox, Letter, Past
from lamp.mailbox.line import Line
from lamp.messages import Message


@dataclass(slots=True, eq=False)
class Caller:
    """A connection that somebody opened to this inbox."""

    line: Line
    sender: str = ""  # until it has said who it is
    past: Past | None = None

    @property
    def title(self) -> str:
        """How to speak of it."""
        return self.sender or "a stranger"


class Reception:
    """Takes what callers bring into the inbox. The post's lock is held in every call.

    Args:
        inbox: where it goes.
        dropped: counts, by kind, what had to go for it.
        arrived: called when there is a new letter.
        finish: called with a sender's past and a sequence number when a letter is done.
        say: takes a line for the log.
    """

    def __init__(
        self,
        inbox: Inbox,
        dropped: Counter[str],
        arrived: Callable[[], None],
        finish: Callable[[Past, int], None],
        say: Callable[[str], None],
    ) -> None:
        self.callers: list[Caller] = []
        self._inbox = inbox
        self._dropped = dropped
        self._arrived = arrived
        self._finish = finish
        self._say = say

    @property
    def full(self) -> bool:
        """Whether callers have to wait."""
        return self._inbox.full

    def take_in(self, caller: Caller) -> None:
        """Everything that has come whole, while there is room.

        Raises:
            BadFrameError: this is not one of us, or has lost the thread.
        """
        while not self._inbox.full and (arrived := caller.line.next()) is not None:
            try:
                message = frame.understand(arrived)
            except UnknownMessageError as error:
                if caller.past is None:
                    raise BadFrameError(f"no greeting, but {error}") from error
                self._say(f"unknown message from {caller.sender}: {error}")
                # Its sender would send it for ever, and nobody here will ever understand it.
                caller.line.write(frame.acknowledgement(arrived.sequence))
                continue
            if caller.past is not None:
                self._deliver(caller, caller.past, message, arrived)
            elif isinstance(message, Hello):
                caller.sender = message.sender
                caller.past = self._inbox.past(message.sender, message.incarnation)
            else:
                raise BadFrameError("no greeting")

    def acknowledge(self, past: Past, sequence: int) -> bool:
        """Say that a letter is done, on every line to that life of its sender.

        Of two lines one is dead, and nobody here knows which. False: somebody has to push.
        """
        past.pending.discard(sequence)
        lines = [each.line for each in self.callers if each.past is past and not each.line.broken]
        for line in lines:
            line.write(frame.acknowledgement(sequence))
        return all(line.idle for line in lines)

    def _deliver(self, caller: Caller, past: Past, message: Message, arrived: Frame) -> None:
        sequence = arrived.sequence
        done = None
        if sequence:
            if sequence <= past.last:  # sent again, because a line had broken
                if sequence not in past.pending:
                    caller.line.write(frame.acknowledgement(sequence))
                return
            past.last = sequence
            past.pending.add(sequence)

            def done() -> None:
                self._finish(past, sequence)

        self._dropped.update(self._inbox.put(Letter(message, caller.sender, arrived.size, done)))
        self._arrived()
