"""From the level a switch shows to the level it means: contacts bounce, wires pick up noise.

A new level counts once it has been seen for half of ``hold`` seconds on end (noise is shorter),
and is then held for ``hold`` seconds (bouncing lasts that long). A contact that does not come
to rest, or changes more often than a hand would, is declared to be flapping and ignored until
it has been still for a while, so that it cannot rattle the relay to death.
"""

from __future__ import annotations

from collections import deque

FLAPPING_SPAN = 2.0  # s; bouncing is long over
#: How many changes within how many s are too many; a quick hand manages half.
TOO_MANY = ((20, FLAPPING_SPAN), (100, 60.0))
STILL = 1.0  # s without change, after which a flapping contact is trusted again
LONGEST_STILL = 64.0  # s; what flaps again has to rest twice as long,
REMEMBERED = 3600.0  # s after it flapped last


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
        self._settle = self._hold / 2
        self._seen = level  # what it showed last
        self._seen_since = self._rested_at = float("-inf")
        self._held_until = float("-inf")
        self._changes: deque[float] = deque(maxlen=max(count for count, _ in TOO_MANY))
        self._still = STILL
        self._flapped_at = float("-inf")

    def observe(self, seen: bool | None, now: float) -> bool:
        """Take note that the contact shows ``seen`` at ``now``; True if it has changed.

        ``seen``: None means what it showed last. ``now``: s. After True, ``level`` is the
        new level.
        """
        if seen is not None and seen != self._seen:
            if now - self._seen_since >= self._hold:
                self._rested_at = now
            self._seen = seen
            self._seen_since = now
            if now - self._rested_at > FLAPPING_SPAN and not self.flapping:
                self._give_up(now)
        if self.flapping:
            self._watch_for_rest(now)
            return False
        if self._seen == self.level or now < self._due():
            return False
        self.level = self._seen
        self._held_until = now + self._hold
        self._changes.append(now)
        if self._too_many():
            self._give_up(now)
        return True

    def rests(self, seen: bool) -> bool:
        """Whether a contact that shows ``seen`` shows nothing new, and has not for long."""
        return seen == self.level == self._seen and not self.flapping

    def wait(self, now: float) -> float | None:
        """Seconds until the contact must be looked at again, if it shows nothing new.

        None: only when it shows something new.
        """
        if self.flapping:
            return max(0.0, self._seen_since + self._still - now)
        if self._seen == self.level:
            return None
        return max(0.0, self._due() - now)

    def _due(self) -> float:
        """When the level that is shown now will count as settled."""
        return max(self._seen_since + self._settle, self._held_until)

    def _too_many(self) -> bool:
        """Whether it has just changed for the last time that can be a hand's."""
        changes = self._changes
        return any(
            len(changes) >= count and changes[-1] - changes[-count] <= span
            for count, span in TOO_MANY
        )

    def _give_up(self, now: float) -> None:
        again = now - self._flapped_at <= REMEMBERED
        self._still = min(2 * self._still, LONGEST_STILL) if again else STILL
        self._flapped_at = now
        self.flapping = True

    def _watch_for_rest(self, now: float) -> None:
        if now - self._seen_since >= self._still:
            self.flapping = False
            self.level = self._seen  # wherever it came to rest: that was nobody's hand
            self._changes.clear()
