"""GPIO lines through the kernel's character devices, by gpiod version 2.

``gpiod`` is passed in: the real module on a board, a fake one in tests. On other machines
nothing here is imported.
"""

from __future__ import annotations

import errno
import importlib
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lamp.errors import PinBusy, PinError, PinMissing
from lamp.operator.boards import Line

CONSUMER = "lamp"
PULL_UP_TIME = 0.001  # s, for the weak pull-up to charge the switch's wire
UDEV_TIME = 10.0  # s that udev may take, at a start of the machine, to give us the chips
LOOK_AGAIN = 0.02  # s
# What kernels answer where a chip has no interrupts: a Le Potato says ENXIO or EINVAL.
NO_EDGES = (errno.ENXIO, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENODEV, 524)


class Edge(NamedTuple):
    """A line changed to ``level`` at ``at`` (s, CLOCK_MONOTONIC)."""

    level: bool
    at: float


def import_gpiod() -> Any:
    """The gpiod module.

    Raises:
        PinMissing: this machine has none.
    """
    try:
        return importlib.import_module("gpiod")
    except ImportError as error:
        raise PinMissing(
            "GPIO needs Linux and the gpiod package, and here it cannot be imported "
            f"({error}). Run with --simulate, or pip install 'gpiod>=2.2'"
        ) from error


def chip_devices() -> Sequence[Path]:
    """The GPIO chips of this machine, as device files."""
    return sorted(Path("/dev").glob("gpiochip*"))


class TakenLine:
    """A line this process owns until it ends.

    It is reconfigured in place and never released and requested anew, because in between
    the kernel may let go of the level.
    """

    def __init__(self, gpiod: Any, chip: Any, line: Line, title: str) -> None:
        """Take ``line`` as it is, changing neither its direction nor its level.

        Raises:
            PinBusy: somebody else has it.
            PinError: the kernel refuses.
        """
        self._gpiod = gpiod
        self._line = line
        self._title = title
        info = chip.get_line_info(line.offset)
        try:
            self._request = chip.request_lines({line.offset: None}, consumer=CONSUMER)
        except OSError as error:
            if error.errno == errno.EBUSY:
                holder = chip.get_line_info(line.offset).consumer or "somebody"
                raise PinBusy(
                    f"{title} is in use by {holder!r}. Stop that, or take another pin"
                ) from error
            raise self._refused(error) from error
        self._found_output = info.direction == gpiod.line.Direction.OUTPUT
        self._driving = False
        self._edges = False

    def driven(self) -> bool | None:
        """The level the line was driven to before it was taken; None: it was an input."""
        return self.level() if self._found_output else None

    def drive(self, level: bool) -> None:
        """Make the line an output at ``level``, in one step."""
        line = self._gpiod.line
        value = line.Value.ACTIVE if level else line.Value.INACTIVE
        if self._driving:
            self._request.set_value(self._line.offset, value)
            return
        settings = self._gpiod.LineSettings(direction=line.Direction.OUTPUT, output_value=value)
        self._configure(settings)
        self._driving = True

    def listen(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Make the line an input with a pull-up, with edge events if the chip has them."""
        line = self._gpiod.line
        shape = {"direction": line.Direction.INPUT, "bias": line.Bias.PULL_UP}
        try:
            both = self._gpiod.LineSettings(edge_detection=line.Edge.BOTH, **shape)
            self._request.reconfigure_lines({self._line.offset: both})
            self._edges = True
        except OSError as error:
            if error.errno not in NO_EDGES:
                raise self._refused(error) from error
            self._configure(self._gpiod.LineSettings(**shape))
        sleep(PULL_UP_TIME)

    def level(self) -> bool:
        """Whether the line is high."""
        return bool(self._request.get_value(self._line.offset))

    def fileno(self) -> int | None:
        """What to wait on for edge events, or None where there are none."""
        return int(self._request.fd) if self._edges else None

    def edges(self) -> Iterable[Edge]:
        """The edges since the last call. Blocks unless the file is readable."""
        rising = self._gpiod.EdgeEvent.Type.RISING_EDGE
        for event in self._request.read_edge_events():
            yield Edge(event.event_type == rising, event.timestamp_ns / 1e9)

    def _configure(self, settings: Any) -> None:
        try:
            self._request.reconfigure_lines({self._line.offset: settings})
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> PinError:
        return PinError(f"{self._title} cannot be used: {error.strerror}. Take another pin")


class Chips:
    """The GPIO chips of this machine, found by label.

    Args:
        gpiod: the module.
        devices: the chips' device files.
        patience: s to wait, counted from now, for the permission to open them. The operator
            starts before udev has given everybody what is theirs.
        monotonic, sleep: s, for that.
    """

    def __init__(
        self,
        gpiod: Any,
        devices: Sequence[Path],
        patience: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gpiod = gpiod
        self._devices = devices
        self._monotonic = monotonic
        self._sleep = sleep
        self._deadline = monotonic() + patience
        self._open: dict[str, Any] = {}

    def take(self, line: Line, title: str) -> TakenLine:
        """Take ``line``, called ``title`` in messages.

        Raises:
            PinMissing: no such chip or line.
            PinBusy: somebody else has it.
            PinError: no permission, or the kernel refuses.
        """
        chip = self.find(line.chip)
        if line.offset >= chip.get_info().num_lines:
            raise PinMissing(
                f"{title} is line {line.offset} of chip {line.chip!r}, which has fewer lines. "
                "Check pins.board in lamp.yaml"
            )
        return TakenLine(self._gpiod, chip, line, title)

    def find(self, label: str) -> Any:
        """The chip labelled ``label``.

        Raises:
            PinMissing: there is none.
            PinError: some chips may not be opened.
        """
        if label in self._open:
            return self._open[label]
        chip, seen, locked = self._look_for(label)
        while chip is None and locked and self._monotonic() < self._deadline:
            self._sleep(LOOK_AGAIN)
            chip, seen, locked = self._look_for(label)
        if chip is not None:
            self._open[label] = chip
            return chip
        if locked:
            raise PinError(
                f"no permission to open {', '.join(locked)}. Add this user to the group 'gpio' "
                "(sudo usermod -aG gpio $USER) and log in again"
            )
        raise PinMissing(
            f"this machine has no GPIO chip {label!r} (it has: {', '.join(seen) or 'none'}). "
            "Check pins.board in lamp.yaml, or run with --simulate"
        )

    def _look_for(self, label: str) -> tuple[Any, list[str], list[str]]:
        """The chip, the labels of others, and the device files that may not be opened."""
        locked: list[str] = []
        seen: list[str] = []
        for device in self._devices:
            try:
                chip = self._gpiod.Chip(str(device))
            except PermissionError:
                locked.append(str(device))
                continue
            except OSError:  # unplugged a moment ago, or not a GPIO chip at all
                continue
            found = chip.get_info().label
            if found == label:
                return chip, seen, locked
            seen.append(found)
            chip.close()
        return None, seen, locked

    def close(self) -> None:
        """Close the chips. Lines that were taken stay taken."""
        for chip in self._open.values():
            chip.close()
        self._open.clear()
