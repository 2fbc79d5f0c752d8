"""The lamp and the switch as gpiozero devices, on real pins or on simulated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lamp.config import Pins
from lamp.messages import State
from lamp.operator.boards import SIMULATED, Board
from lamp.operator.chips import Chips, chip_devices, import_gpiod
from lamp.operator.gpio import DigitalInputDevice, OutputDevice, mock_factory


class Devices:
    """The relay and the switch of one lamp.

    Opening them moves nothing: the relay is taken as it is found. The order is
    :meth:`found`, :meth:`take_relay`, :meth:`listen`.

    Args:
        pins: which header pins, and how they are wired.
        board: whose.
        factory: a gpiozero pin factory for that board.
    """

    def __init__(self, pins: Pins, board: Board, factory: Any) -> None:
        for pin in (pins.relay, pins.switch):
            board.line(pin)  # raises PinForbidden or PinMissing before anything is touched
        self.board = board
        self._pins = pins
        self._factory = factory
        self._relay = factory.pin(_name(board, pins.relay))
        self._switch: Any = None

    def found(self) -> State | None:
        """What the relay was being driven to by whoever had it before, if it was."""
        driven = getattr(self._relay, "driven", None)
        if driven is None:
            return None
        return "lit" if driven != self._pins.relay_inverted else "dark"

    def take_relay(self, state: State) -> OutputDevice:
        """The relay, in ``state`` from its first moment."""
        return OutputDevice(
            _name(self.board, self._pins.relay),
            active_high=not self._pins.relay_inverted,
            initial_value=state == "lit",
            pin_factory=self._factory,
        )

    def listen(self, flip: Callable[[], None]) -> None:
        """Call ``flip`` for every flip of the switch from now on."""
        self._switch = DigitalInputDevice(
            _name(self.board, self._pins.switch),
            pull_up=True,
            bounce_time=self._pins.debounce,
            pin_factory=self._factory,
        )
        self._switch.when_activated = flip
        if self._pins.switch_kind == "latching":
            self._switch.when_deactivated = flip
        if not self.simulated:
            self._factory.watch()

    @property
    def simulated(self) -> bool:
        """Whether a message can move the switch."""
        return self.board.name == SIMULATED

    def move(self) -> None:
        """A hand on the simulated switch: to its other position, or a press of the button."""
        contact = self._switch.pin
        if self._pins.switch_kind == "momentary":
            contact.drive_low()
            contact.drive_high()
        elif contact.state:
            contact.drive_low()
        else:
            contact.drive_high()

    def close(self) -> None:
        """Listen no longer. The relay stays as it is."""
        if self._switch is not None:
            self._switch.close()
        self._factory.close()


def open_devices(
    pins: Pins,
    board: Board,
    report: Callable[[str], None],
    gpiod: Callable[[], Any] = import_gpiod,
    chips: Callable[[], Sequence[Path]] = chip_devices,
) -> Devices:
    """The devices of ``board``; on a simulated one by gpiozero's mock pins.

    Raises:
        PinError: the pins cannot be had; the message says why.
    """
    if board.name == SIMULATED:
        return Devices(pins, board, mock_factory())
    from lamp.operator.pins import HeaderFactory  # noqa: PLC0415  simulations don't need it

    return Devices(pins, board, HeaderFactory(board, Chips(gpiod(), chips()), report))


def _name(board: Board, pin: int) -> str:
    """What the factory of ``board`` calls header ``pin``."""
    return f"BOARD{pin}" if board.name == SIMULATED else str(pin)
