"""The operator itself: what a flip and a directive do to the lamp, and what is said of it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from lamp.clock import Clock
from lamp.messages import Correction, Directive, Flip, LampChanged, Message, State, opposite
from lamp.operator.state import LastState

Verdict = Literal["obeyed", "already so", "repeated", "expired", "stale"]
REMEMBERED_DIRECTIVES = 256


class Lamp(Protocol):
    """What the relay hangs on; a gpiozero OutputDevice is one."""

    def on(self) -> None:
        """Close the relay."""

    def off(self) -> None:
        """Open it."""


@dataclass(frozen=True)
class StateChange:
    """What remains to be done once the lamp has moved."""

    last: LastState  # to be remembered
    said: tuple[Message, ...]  # to be told, in this order


class Operator:
    """Moves the lamp for the hand on the switch and for directives; the hand wins.

    Flips and directives may come from different threads. One lock orders them; while it is
    held nothing happens but arithmetic and the write to the relay.

    Args:
        lamp: what is switched. It is expected to be in ``last.state`` already.
        clock: the lamp's clock.
        afterwards: takes what is left to do; must return at once and never raise.
        last: where to start from.
        correction_window: s after a directive in which a flip undoes it.
        token: begins the ids of this run's flips, so that no two runs share one.
        stopwatch: s, for measuring how long things took.
    """

    def __init__(
        self,
        lamp: Lamp,
        clock: Clock,
        afterwards: Callable[[StateChange], None],
        last: LastState,
        correction_window: float,
        token: str,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._lamp = lamp
        self._clock = clock
        self._afterwards = afterwards
        self._last = last
        self._correction_window = correction_window
        self._token = token
        self._stopwatch = stopwatch
        self._lock = threading.Lock()
        self._obeyed: OrderedDict[str, None] = OrderedDict()
        if last.directive:
            self._obeyed[last.directive] = None
        self.flips = 0
        self.directives = 0

    @property
    def state(self) -> State:
        """What the lamp is now."""
        return self._last.state

    def announce(self) -> None:
        """Say what the lamp is at the start."""
        with self._lock:
            started = LampChanged(self._last.state, self._clock.now(), "start")
            self._afterwards(StateChange(self._last, (started,)))

    def flip(self, contact: str = "") -> None:
        """The owner moved the switch: the lamp follows at once.

        Args:
            contact: pin and position of the switch now, where it is a latching one.

        Raises:
            OSError: the relay could not be written; the lamp is what it was.
        """
        began = self._stopwatch()
        with self._lock:
            state = opposite(self._last.state)
            self._drive(state)
            took = self._stopwatch() - began
            at = self._clock.now()
            self.flips += 1
            name = f"{self._token}-{at:.3f}-{self.flips}"
            undone = self._undone(at)
            flip = Correction(name, state, at, undone) if undone else Flip(name, state, at)
            self._last = replace(
                self._last, state=state, flipped=at, directive="", obeyed=at, contact=contact
            )
            changed = LampChanged(state, at, "switch", took=took)
            self._afterwards(StateChange(self._last, (flip, changed)))

    def note(self, contact: str) -> None:
        """The switch stands so, and the lamp's state goes with that.

        For a contact that moved and was no flip, as a flapping one that came to rest: else it
        would be taken for one that was moved while nobody looked, at the next start.
        """
        with self._lock:
            if contact != self._last.contact:
                self._last = replace(self._last, contact=contact)
                self._afterwards(StateChange(self._last, ()))

    def obey(self, directive: Directive) -> Verdict:
        """Bring the lamp to the directive's state, unless it comes too late.

        It is refused if it has expired, and if the owner flipped the switch at or after the
        moment it was issued: it did not know of that flip. The same directive counts once.

        Raises:
            OSError: the relay could not be written; the lamp is what it was.
        """
        began = self._stopwatch()
        with self._lock:
            now = self._clock.now()
            refused = self._refused(directive, now)
            if refused:
                return refused
            if directive.state == self._last.state:
                self._tick_off(directive)
                return "already so"
            self._drive(directive.state)
            took = self._stopwatch() - began
            self._tick_off(directive)
            self.directives += 1
            self._last = replace(
                self._last, state=directive.state, directive=directive.id, obeyed=now
            )
            changed = LampChanged(directive.state, now, "directive", directive.id, took)
            self._afterwards(StateChange(self._last, (changed,)))
            return "obeyed"

    def _refused(self, directive: Directive, now: float) -> Verdict | None:
        if directive.id in self._obeyed:
            return "repeated"
        if now > directive.expires:
            return "expired"
        # A flip in the future belongs to a clock that has since been started anew.
        if directive.issued <= self._last.flipped <= now:
            return "stale"
        return None

    def _undone(self, at: float) -> str:
        """The directive that a flip at ``at`` undoes; empty if none."""
        fresh = 0 <= at - self._last.obeyed <= self._correction_window
        return self._last.directive if fresh else ""

    def _drive(self, state: State) -> None:
        if state == "lit":
            self._lamp.on()
        else:
            self._lamp.off()

    def _tick_off(self, directive: Directive) -> None:
        self._obeyed[directive.id] = None
        if len(self._obeyed) > REMEMBERED_DIRECTIVES:
            self._obeyed.popitem(last=False)
