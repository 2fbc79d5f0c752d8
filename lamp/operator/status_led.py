"""The small LED: a rhythm for each way the lamp can be, played by a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from itertools import cycle
from types import MappingProxyType
from typing import Protocol

from lamp.operator.health_summary import Summary

#: Seconds on, off, on, off ... and over again; a single number is for ever.
RHYTHMS: Mapping[Summary, tuple[float, ...]] = MappingProxyType(
    {
        "asleep": (0.0, 3600.0),  # dark
        "listening": (3600.0, 0.0),  # steady
        "muted": (0.1, 2.9),  # dark, with a flash that tells it from a dead one
        "learning": (0.9, 0.1),  # steady, with a wink
        "trouble": (0.25, 0.25),  # blinking
    }
)
WINK = (0.0, 0.1, 0.1, 0.1)  # s; off, on, off: the answer to a press of the mute button
LESSON = (0.0, 0.3, 0.3, 0.3, 0.3, 0.3)  # s; dark, lit, dark, lit, dark: a lesson was taken


class Led(Protocol):
    """What the light hangs on; a gpiozero OutputDevice is one."""

    def on(self) -> None:
        """Lit."""

    def off(self) -> None:
        """Dark."""


class StatusLed:
    """Shows on an LED how the lamp is until :meth:`close`. An LED that cannot be written is let be.

    Args:
        led: what is lit.
        report: told of trouble; must not block.
    """

    def __init__(self, led: Led, report: Callable[[str], None]) -> None:
        self._led = led
        self._report = report
        self._summary: Summary = "asleep"
        self._winks: deque[tuple[float, ...]] = deque()
        self._night = False
        self._closed = threading.Event()
        self._change = threading.Event()
        self._thread = threading.Thread(target=self._run, name="light", daemon=True)
        self._thread.start()

    def show(self, summary: Summary) -> None:
        """Play ``summary`` from now on; the same one goes on undisturbed. Never blocks."""
        if summary != self._summary:
            self._summary = summary
            self._change.set()

    def wink(self, rhythm: tuple[float, ...] = WINK) -> None:
        """Say "understood" in between. Never blocks."""
        self._winks.append(rhythm)
        self._change.set()

    def rest(self, night: bool) -> None:
        """At night only trouble is shown, and the answer to a press. Never blocks."""
        if night != self._night:
            self._night = night
            self._change.set()

    def close(self) -> None:
        """Go dark."""
        self._closed.set()
        self._change.set()
        self._thread.join()
        self._led.off()

    def _run(self) -> None:
        try:
            while not self._closed.is_set():
                self._change.clear()
                while self._winks:
                    # Whole, also where a refit begins and ends meanwhile.
                    self._play(self._winks.popleft(), self._closed)
                while not (self._winks or self._play(self._rhythm(), self._change)):
                    pass
        except Exception as error:  # whatever it is, the lamp is more than its LED
            self._report(f"the LED cannot be lit: {error}. The lamp goes on without it")

    def _rhythm(self) -> tuple[float, ...]:
        shown: Summary = "asleep" if self._night and self._summary != "trouble" else self._summary
        return RHYTHMS[shown]

    def _play(self, rhythm: tuple[float, ...], until: threading.Event) -> bool:
        """Play ``rhythm`` once; True if ``until`` came meanwhile."""
        for lit, seconds in zip(cycle((True, False)), rhythm, strict=False):
            if seconds == 0.0:
                continue
            if lit:
                self._led.on()
            else:
                self._led.off()
            if until.wait(seconds):
                return True
        return False
