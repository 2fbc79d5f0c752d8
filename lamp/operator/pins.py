"""gpiozero on any of our boards: a pin factory that knows header pins and speaks gpiod.

gpiozero's own factories know only Raspberry Pis, need libraries without wheels, or look for
edge events where there are none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import MethodType
from typing import Any, NamedTuple
from weakref import WeakMethod, ref

from lamp.operator.boards import Board
from lamp.operator.chips import Chips, TakenLine
from lamp.operator.debounce import Debouncer
from lamp.operator.gpio import Device, Factory, GPIOPinInUse, Pin
from lamp.operator.watch import Watcher


class HeaderPinInfo(NamedTuple):
    """What gpiozero wants to know about a pin: its name."""

    name: str


class HeaderPin(Pin):  # type: ignore[misc]  # gpiozero has no types
    """One header pin. Its state, as an input, is what the switch means after debouncing."""

    def __init__(self, factory: HeaderFactory, number: int, line: TakenLine) -> None:
        super().__init__()
        self.factory = factory
        self.title = "the switch"  # for reports, set by who knows better
        self.driven = line.driven()  # what it was driven to when found, None: an input
        self._number = number
        self._line = line
        self._function = "input"
        self._pull = "floating"
        self._bounce = 0.0
        self._debouncer: Debouncer | None = None
        self._watcher: Watcher | None = None
        self._handler: Callable[[], Callable[[float, bool], None] | None] = lambda: None

    def __repr__(self) -> str:
        return f"header pin {self._number}"

    def output_with_state(self, state: bool) -> None:
        """Drive the pin to ``state``, without any other level in between."""
        self._line.drive(bool(state))
        self._function = "output"

    def watch(self) -> None:
        """Begin to report changes. Those since the reference was read are not lost."""
        if self._debouncer is None:
            return
        self._watcher = Watcher(
            self._line, self._debouncer, self._change, self.factory.report, title=self.title
        )
        self._watcher.start()

    def close(self) -> None:
        """Stop watching. The line, and a relay on it, stay as they are."""
        if self._watcher is not None:
            self._watcher.stop()
        self._watcher = None
        self._debouncer = None

    def _change(self, level: bool) -> None:
        handler = self._handler()
        if handler is not None:
            handler(self.factory.ticks(), level)

    def _get_info(self) -> HeaderPinInfo:
        return HeaderPinInfo(str(self._number))

    info = property(_get_info)

    def _get_function(self) -> str:
        return self._function

    def _set_function(self, value: str) -> None:
        if value == "input":
            self._line.listen()
            self._function = "input"
        else:
            self.output_with_state(bool(self.driven))

    def _get_state(self) -> bool:
        return self._line.level() if self._debouncer is None else self._debouncer.level

    def _set_state(self, value: bool) -> None:
        self._line.drive(bool(value))

    def _get_pull(self) -> str:
        return "up" if self._function == "input" else "floating"

    def _get_bounce(self) -> float:
        return self._bounce

    def _set_bounce(self, value: float | None) -> None:
        self._bounce = value or 0.0

    def _get_edges(self) -> str:
        return "both"

    def _set_edges(self, value: str) -> None:
        """Both edges are always reported: gpiozero asks for nothing else."""

    def _get_when_changed(self) -> Callable[[float, bool], None] | None:
        return self._handler()

    def _set_when_changed(self, value: Callable[[float, bool], None] | None) -> None:
        if value is None:
            self._handler = lambda: None
            self.close()
            return
        # Weakly, as gpiozero's own pins do: a device that is forgotten can go.
        self._handler = WeakMethod(value) if isinstance(value, MethodType) else ref(value)
        self._debouncer = Debouncer(self._line.level(), self._bounce)


class HeaderFactory(Factory):  # type: ignore[misc]  # gpiozero has no types
    """Makes :class:`HeaderPin` of a board's header pins.

    Args:
        board: which lines the pins are.
        chips: where the lines are.
        report: told of trouble while watching; must not block.
    """

    def __init__(self, board: Board, chips: Chips, report: Callable[[str], None]) -> None:
        super().__init__()
        self.report = report
        self._board = board
        self._chips = chips
        self._pins: dict[int, HeaderPin] = {}
        self._users: dict[str, Device] = {}

    def pin(self, name: int | str) -> HeaderPin:
        """The header pin called ``name``, such as 36.

        Raises:
            PinForbidden, PinMissing, PinBusy, PinError: it cannot be had.
        """
        number = int(name)
        if number not in self._pins:
            line = self._chips.take(self._board.line(number), f"header pin {number}")
            self._pins[number] = HeaderPin(self, number, line)
        return self._pins[number]

    def watch(self) -> None:
        """Begin to report changes of all inputs, after their handlers have been set."""
        for pin in self._pins.values():
            pin.watch()

    def close(self) -> None:
        """Stop watching; lines stay as they are until the process ends, and after it."""
        for pin in self._pins.values():
            pin.close()

    def reserve_pins(self, requester: Device, *names: int | str) -> None:
        """Note that ``requester`` uses these pins."""
        for name in names:
            if self._users.setdefault(str(name), requester) is not requester:
                raise GPIOPinInUse(f"header pin {name} is already used by the lamp")

    def release_pins(self, reserver: Device, *names: int | str) -> None:
        """Note that ``reserver`` uses these pins no longer."""
        for name in names:
            if self._users.get(str(name)) is reserver:
                del self._users[str(name)]

    def ticks(self) -> float:
        """Seconds, for :meth:`ticks_diff`."""
        return time.monotonic()

    def ticks_diff(self, later: float, earlier: float) -> float:
        """Seconds between two :meth:`ticks`."""
        return later - earlier

    def _get_board_info(self) -> Any:
        return self._board
