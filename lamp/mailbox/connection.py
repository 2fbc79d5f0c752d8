"""One connection: whole frames in, whole frames out, never waiting."""

from __future__ import annotations

import selectors
import socket

from lamp.mailbox.frame import Frame, FrameReader

_AT_ONCE = 1 << 16  # bytes read at a time


class Connection:
    """A non-blocking socket that speaks in frames.

    Attributes:
        broken: the other side is gone; nothing can be sent any more.
        paused: frames are left in the socket, because the inbox has no room for them.
    """

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.socket.setblocking(False)
        self.broken = False
        self.paused = False
        self._unsent = bytearray()
        self._reader = FrameReader()

    @property
    def idle(self) -> bool:
        """Whether everything given to :meth:`write` is with the kernel."""
        return not self._unsent

    @property
    def interest(self) -> int:
        """What to wait for, as a mask for the selector; 0: nothing."""
        reading = 0 if self.paused else selectors.EVENT_READ
        return reading | (0 if self.idle else selectors.EVENT_WRITE)

    def write(self, frame: bytes) -> None:
        """Send ``frame``: now as much as goes, the rest with :meth:`push`."""
        self._unsent += frame
        self.push()

    def push(self) -> None:
        """Send what is left, as far as the kernel takes it."""
        try:
            while self._unsent:
                del self._unsent[: self.socket.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.broken = True
            self._unsent.clear()

    def pull(self) -> None:
        """Read what has come.

        Raises:
            EOFError: the other side has closed, or died.
        """
        try:
            some = self.socket.recv(_AT_ONCE)
        except BlockingIOError:
            return
        except OSError as error:
            raise EOFError from error
        if not some:
            raise EOFError
        self._reader.feed(some)

    def next(self) -> Frame | None:
        """The next frame that has come whole. May raise BadFrame."""
        return self._reader.next()

    def close(self) -> None:
        """Hang up."""
        self.broken = True
        self.socket.close()
