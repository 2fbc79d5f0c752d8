"""From the level a switch shows to the level it means: contacts bounce, wires pick up noise.

A new level counts once it has been seen for ``settle`` seconds on end (noise is shorter),
and is then held for ``hold`` seconds (bouncing lasts that long). A contact that never comes
to rest is declared to be flapping and ignored until it has been still for a while, so that
it cannot rattle the relay to death.
"""

from __future__ import annotations

from collections import deque

QUICKEST_SETTLE = 0.005  # s; a hand cannot feel less, sparks last less
MOST_CHANGES = 20  # within FLAPPING_SPAN; a quick hand manages half
FLAPPING_SPAN = 2.0  # s
STILL = 1.0  # s without change, after which a flapping contact is trusted again


class Debouncer:
    """Decides when a contact has really changed.

    Args:
        level: the level to start from; only a departure from it is a change.
        hold: s during which further changes are taken for bouncing.
    """

    def __init__(self, level: bool, hold: float) -> None:
        self.level = level  # what the contact means
        self.flapping = False
        self._hold = max(0.0, hold)
        self._settle = min(QUICKEST_SETTLE, self._hold / 4)
        self._seen = level  # what it showed last
        self._seen_since = float("-inf")
        self._held_until = float("-inf")
        self._changes: deque[float] = deque(maxlen=MOST_CHANGES)

    def observe(self, seen: bool | None, now: float) -> bool:
        """Take note that the contact shows ``seen`` at ``now``; True if it has changed.

        ``seen``: None means what it showed last. ``now``: s. After True, ``level`` is the
        new level.
        """
        if seen is not None and seen != self._seen:
            self._seen = seen
            self._seen_since = now
        if self.flapping:
            self._watch_for_rest(now)
            return False
        if self._seen == self.level or now < self._due():
            return False
        self.level = self._seen
        self._held_until = now + self._hold
        self._changes.append(now)
        full = len(self._changes) == MOST_CHANGES
        self.flapping = full and now - self._changes[0] <= FLAPPING_SPAN
        return True

    def rests(self, seen: bool) -> bool:
        """Whether a contact that shows ``seen`` shows nothing new, and has not for long."""
        return seen == self.level == self._seen and not self.flapping

    def wait(self, now: float) -> float | None:
        """Seconds until the contact must be looked at again, if it shows nothing new.

        None: only when it shows something new.
        """
        if self.flapping:
            return max(0.0, self._seen_since + STILL - now)
        if self._seen == self.level:
            return None
        return max(0.0, self._due() - now)

    def _due(self) -> float:
        """When the level that is shown now will count as settled."""
        return max(self._seen_since + self._settle, self._held_until)

    def _watch_for_rest(self, now: float) -> None:
        if now - self._seen_since >= STILL:
            self.flapping = False
            self.level = self._seen  # wherever it came to rest: that was nobody's hand
            self._changes.clear()
