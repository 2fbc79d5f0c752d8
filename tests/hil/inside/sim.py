"""The pins of a Le Potato, simulated by the kernel (gpio-sim), and what is wired to them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

CONFIGFS = Path("/sys/kernel/config/gpio-sim")
DEVICES = Path("/sys/bus/gpio/devices")
TRACING = Path("/sys/kernel/tracing")
PARAMETERS = Path("/sys/module/gpio_sim/parameters")
CHIPS = {"aobus-banks": 11, "periphs-banks": 100}  # label: lines, as on the board
RELAY, SWITCH, MUTE, LED = 81, 97, 96, 85  # on periphs-banks: header pins 36, 31, 29, 33


class Board:
    """The two chips, at work until :meth:`close`.

    Args:
        hogs: who holds lines of periphs-banks, by offset.
        chips: label and number of lines of each.
    """

    def __init__(
        self, hogs: Mapping[int, str] | None = None, chips: Mapping[str, int] | None = None
    ) -> None:
        self._place = CONFIGFS / "lamp"
        self._place.mkdir()
        self._hogs = dict(hogs or {})
        self._chips = dict(CHIPS if chips is None else chips)
        for label, lines in self._chips.items():
            bank = self._place / label
            bank.mkdir()
            (bank / "label").write_text(label)
            (bank / "num_lines").write_text(str(lines))
        for offset, holder in self._hogs.items():
            hog = self._place / "periphs-banks" / f"line{offset}" / "hog"
            hog.mkdir(parents=True)
            (hog / "name").write_text(holder)
            (hog / "direction").write_text("output-high")
        (self._place / "live").write_text("1")

    def line(self, offset: int, chip: str = "periphs-banks") -> Line:
        """What is outside of a line."""
        name = (self._place / chip / "chip_name").read_text().strip()
        return Line(DEVICES / name / f"sim_gpio{offset}")

    def close(self) -> None:
        """Take the chips away."""
        with contextlib.suppress(OSError):
            (self._place / "live").write_text("0")
        for offset in self._hogs:
            line = self._place / "periphs-banks" / f"line{offset}"
            (line / "hog").rmdir()
            line.rmdir()
        for label in self._chips:
            (self._place / label).rmdir()
        self._place.rmdir()


class Line:
    """A line seen from outside: what hangs on an output, or pulls an input."""

    def __init__(self, place: Path) -> None:
        self._place = place

    @property
    def high(self) -> bool:
        """Its level."""
        return (self._place / "value").read_text().strip() == "1"

    def pull(self, high: bool) -> None:
        """Put the line to a level, unless it is being driven."""
        (self._place / "pull").write_text("pull-up" if high else "pull-down")

    def keep(self) -> None:
        """Be a pin that stays as it is when its holder dies, as those of Amlogic are."""
        self.pull(self.high)


class Switch:
    """A contact between a line with a pull-up and ground."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.closed = False
        line.pull(True)

    def put(self, closed: bool) -> None:
        """Close or open it, without bouncing."""
        self.closed = closed
        self._line.pull(not closed)

    def flip(self) -> None:
        """To its other position."""
        self.put(not self.closed)

    def bounce(self, times: int) -> float:
        """To its other position, bouncing ``times``; the s that it took."""
        began = time.monotonic()
        for _ in range(2 * times + 1):
            self.flip()
        return time.monotonic() - began


class Writes:
    """Every level that is written to any output, as the kernel's tracer sees it.

    The relay's line must be the only output.
    """

    def __enter__(self) -> Writes:
        (TRACING / "trace").write_text("")
        self._turn("1")
        return self

    def __exit__(self, *_: object) -> None:
        self._turn("0")

    def levels(self) -> list[bool]:
        """The levels so far, oldest first."""
        lines = (TRACING / "trace").read_text().splitlines()
        return [line.endswith("1") for line in lines if "gpio_value" in line and " set " in line]

    def _turn(self, on: str) -> None:
        (TRACING / "events" / "gpio" / "gpio_value" / "enable").write_text(on)


@contextlib.contextmanager
def board(hogs: Mapping[int, str] | None = None) -> Iterator[Board]:
    """A board for the length of a ``with``."""
    made = Board(hogs)
    try:
        yield made
    finally:
        made.close()


def parameter(name: str) -> bool:
    """Whether gpio-sim has been told so on the kernel's command line."""
    try:
        return (PARAMETERS / name).read_text().strip() == "Y"
    except OSError:
        return False  # a kernel that was not built by tests/hil/kernel/build.sh


traced = pytest.mark.skipif(
    not (TRACING / "events" / "gpio").exists(),
    reason="this kernel does not trace pins; tests/hil/kernel/build.sh makes one that does",
)
wired = pytest.mark.skipif(
    not parameter("wired"),
    reason="this kernel's pull-ups open closed switches; tests/hil/kernel/build.sh makes another",
)
