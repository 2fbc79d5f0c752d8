"""What has come for one process: bounded, each kept message once, until it is done."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from lamp.messages import Message

MOST_BYTES = 4 << 20  # of waiting messages that may be lost
_LIVES_REMEMBERED = 64  # incarnations of senders


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, who sent it, and the way to say that it has been dealt with."""

    message: Message
    sender: str
    size: int = 0  # bytes
    _done: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    def done(self) -> None:
        """Acknowledge: call it once the effect is as durable as it is going to be.

        A kept message whose receiver dies before this comes again to its successor.
        """
        if self._done is not None:
            self._done()


@dataclass(slots=True)
class Past:
    """What this process knows of one life of one sender."""

    last: int = 0  # highest sequence number seen
    pending: set[int] = field(default_factory=set)  # seen, not yet done


class Inbox:
    """Letters in the order in which they came.

    Args:
        capacity: most letters that wait. When there are more, the oldest that may be lost
            goes; when none may be lost, :attr:`full` asks the senders to hold theirs.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._letters: deque[Letter] = deque()
        self._loose_bytes = 0
        self._pasts: OrderedDict[tuple[str, str], Past] = OrderedDict()

    @property
    def waiting(self) -> int:
        """Number of letters."""
        return len(self._letters)

    @property
    def full(self) -> bool:
        """Whether senders should hold what they have."""
        return len(self._letters) >= self._capacity and all(
            letter.message.kept for letter in self._letters
        )

    def past(self, sender: str, incarnation: str) -> Past:
        """What is known of this life of ``sender``."""
        key = (sender, incarnation)
        past = self._pasts.setdefault(key, Past())
        self._pasts.move_to_end(key)
        while len(self._pasts) > _LIVES_REMEMBERED:
            self._pasts.popitem(last=False)
        return past

    def put(self, letter: Letter) -> list[str]:
        """Add a letter; the kinds of those that had to go for it."""
        self._letters.append(letter)
        self._loose_bytes += 0 if letter.message.kept else letter.size
        dropped = []
        while len(self._letters) > self._capacity or self._loose_bytes > MOST_BYTES:
            oldest = next((each for each in self._letters if not each.message.kept), None)
            if oldest is None or len(self._letters) == 1:
                break
            self._letters.remove(oldest)
            self._loose_bytes -= oldest.size
            dropped.append(type(oldest.message).__name__)
        return dropped

    def take(self) -> Letter:
        """The oldest letter. There must be one."""
        letter = self._letters.popleft()
        self._loose_bytes -= 0 if letter.message.kept else letter.size
        return letter
