"""The lamp of five real processes, as the simulated house plays to it.

Sound goes to the recorder, and the house waits until time has passed through everything
that could still act on it: the operator and the trainer are the last to hear of it. So a
replay is as fast as the processes, and yet nothing happens later than it would in life.
Any process may die meanwhile; then the house waits a little, and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from lamp.mailbox import Mailbox
from lamp.messages import (
    SAMPLE_RATE,
    Flip,
    LampChanged,
    Message,
    Sound,
    State,
    SwitchMoved,
    Watermark,
)

PIECE = SAMPLE_RATE * 2  # bytes of sound in a message: one second
LAST = ("operator", "trainer")  # that time passes through
ASK_AGAIN = 1.0  # s; a watermark may be lost with the process that had it
PATIENCE = 15.0  # s, longer than any process takes to be restarted
LEAST_PATIENCE = 0.05  # s, with one that has not answered for long
FLIP_PATIENCE = 1.0  # s
MOMENT = 0.001  # s, after a flip; too short for sound to be missing


class ProcessLamp:
    """The house's end of the mail.

    Args:
        mailbox: the house's own.
        tell: is told every message that the processes send to the house.
        patience: s to wait for time to pass through a process; less after each time in vain.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        tell: Callable[[Message], None] = lambda _: None,
        patience: float = PATIENCE,
    ) -> None:
        """Listen, and send nothing yet."""
        self.state: State = "dark"
        self.late = 0  # times that somebody did not answer
        self.patience = patience
        self._mailbox = mailbox
        self._tell = tell
        self._reached = dict.fromkeys(LAST, -1.0)  # s, the latest watermark of each
        self._in_vain = dict.fromkeys(LAST, 0)  # times in a row
        self._last_flip = -1.0

    def wait_until_awake(self, timeout: float) -> bool:
        """Wait until time passes through all processes; False after ``timeout`` seconds."""
        self.patience, usual = timeout, self.patience
        self._pass_time(0.0)
        self.patience = usual
        return all(reached >= 0 for reached in self._reached.values())

    def hear(self, sound: bytes, started: float, until: float) -> None:
        """Let the recorder hear ``sound``; return when it has been dealt with."""
        for first in range(0, len(sound), PIECE):
            piece = sound[first : first + PIECE]
            self._mailbox.send("recorder", Sound(piece, started + first / 2 / SAMPLE_RATE))
        self._pass_time(until)

    def flip(self, at: float) -> None:
        """Move the switch; return when the lamp has followed and learned, or is not going to."""
        self._mailbox.send("operator", SwitchMoved(at))
        deadline = time.monotonic() + FLIP_PATIENCE
        while self._last_flip < at and time.monotonic() < deadline:
            self._read(deadline - time.monotonic())
        self._pass_time(at + MOMENT)  # behind the flip: what it taught is known before more is said

    def _pass_time(self, until: float) -> None:
        """Send time down the chain until it has come out at its ends, or for long enough."""
        began = now = ask_at = time.monotonic()
        while waiting := [
            name
            for name in LAST
            if self._reached[name] < until and now < began + self._patience(name)
        ]:
            if now >= ask_at:
                self._mailbox.send("recorder", Watermark(until))
                ask_at = now + ASK_AGAIN
            give_up_at = began + min(self._patience(name) for name in waiting)
            self._read(min(ask_at, give_up_at) - now)
            now = time.monotonic()
        # What others said before is here as well, but may stand behind the last watermark: mail of
        # several senders that comes at once is in no order.
        while self._read(0.0):
            pass
        for name in LAST:
            if self._reached[name] >= until:
                self._in_vain[name] = 0
            else:
                self.late += 1
                self._in_vain[name] += 1

    def _patience(self, name: str) -> float:
        return max(LEAST_PATIENCE, self.patience / 4.0 ** self._in_vain[name])

    def _read(self, timeout: float) -> bool:
        """Take in one message that comes within ``timeout`` s; whether one did."""
        delivery = self._mailbox.get(timeout=max(0.0, timeout))
        if delivery is None:
            return False
        message = delivery.message
        match message:
            case Watermark(until=until) if delivery.sender in self._reached:
                self._reached[delivery.sender] = max(self._reached[delivery.sender], until)
            case LampChanged(state=state, at=at, cause=cause):
                self.state = state
                if cause == "switch":
                    self._last_flip = max(self._last_flip, at)
            case Flip(at=at):
                self._last_flip = max(self._last_flip, at)
        if not isinstance(message, Watermark):
            self._tell(message)
        delivery.ack()
        return True
