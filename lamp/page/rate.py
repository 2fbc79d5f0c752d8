"""How often somebody may try."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

_MOST = 1024  # whose tries are counted


class Rate:
    """Lets each of many do something ``a_second`` times in the long run, ``at_once`` in a row.

    Args:
        a_second: 1/s.
        at_once: times.
        now: s, a monotonic clock.
    """

    def __init__(self, a_second: float, at_once: float, now: Callable[[], float]) -> None:
        self._a_second = a_second
        self._at_once = at_once
        self._now = now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # times, at s

    def allows(self, who: str) -> bool:
        """Whether ``who`` may now; it is counted if so."""
        now = self._now()
        left, at = self._left.pop(who, (self._at_once, now))
        left = min(self._at_once, left + (now - at) * self._a_second)
        allowed = left >= 1
        self._left[who] = (left - 1 if allowed else left, now)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)
        return allowed
