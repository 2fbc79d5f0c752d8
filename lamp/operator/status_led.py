"""The small LED: a rhythm for each way the lamp can be, played by a thread of its own."""

from __future__ import annotations

import threading
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
        self._winks = 0
        self._closed = False
        self._change = threading.Event()
        self._thread = threading.Thread(target=self._run, name="light", daemon=True)
        self._thread.start()

    def show(self, summary: Summary) -> None:
        """Play ``summary`` from now on; the same one goes on undisturbed. Never blocks."""
        if summary != self._summary:
            self._summary = summary
            self._change.set()

    def wink(self) -> None:
        """Say "understood" in between. Never blocks."""
        self._winks += 1
        self._change.set()

    def close(self) -> None:
        """Go dark."""
        self._closed = True
        self._change.set()
        self._thread.join()
        self._led.off()

    def _run(self) -> None:
        try:
            while not self._closed:
                self._change.clear()
                winks, self._winks = self._winks, 0
                if winks and self._play(WINK):
                    continue
                while not self._play(RHYTHMS[self._summary]):
                    pass
        except Exception as error:  # whatever it is, the lamp is more than its LED
            self._report(f"the LED cannot be lit: {error}. The lamp goes on without it")

    def _play(self, rhythm: tuple[float, ...]) -> bool:
        """Play ``rhythm`` once; True if something else is wanted meanwhile."""
        for lit, seconds in zip(cycle((True, False)), rhythm, strict=False):
            if seconds == 0.0:
                continue
            if lit:
                self._led.on()
            else:
                self._led.off()
            if self._change.wait(seconds):
                return True
        return False
