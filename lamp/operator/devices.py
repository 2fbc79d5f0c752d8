"""Lamp, switch, LED and mute button as gpiozero devices, on real pins or on simulated ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lamp.config import Pins
from lamp.errors import PinError
from lamp.messages import State
from lamp.operator.boards import SIMULATED, Board
from lamp.operator.chips import UDEV_TIME, Chips, chip_devices, import_gpiod
from lamp.operator.gpio import DigitalInputDevice, OutputDevice, mock_factory

log = logging.getLogger(__name__)


class Devices:
    """The relay and the switch of one lamp, and its LED and mute button if it has them.

    Opening them moves nothing: the relay is taken as it is found. The order is
    :meth:`found`, :meth:`contact`, :meth:`take_relay`, :meth:`listen`.

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
        self._button: Any = None
        self.led = self._optional("led", pins.led, self._make_led)

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

    def contact(self) -> str:
        """Pin and position of a latching switch: "31 closed".

        Empty where nothing follows from it: a momentary switch, or a simulated one, which
        starts anew with the process.
        """
        if self._switch is None:
            self._switch = self._make_input(self._pins.switch)
        if self.simulated or self._pins.switch_kind == "momentary":
            return ""
        return self._position("closed" if self._switch.is_active else "open")

    def listen(self, flip: Callable[[str], None], expected: str = "") -> None:
        """Call ``flip`` with the :meth:`contact` for every flip of the switch from now on.

        ``expected``: the contact that the lamp's state goes with. If it is another one, the
        switch was moved while nobody listened, and that is the first flip.
        """
        contact = self.contact()
        if self._pins.switch_kind == "momentary":
            self._switch.when_activated = lambda: flip("")
        else:
            self._switch.when_activated = lambda: flip(self._position("closed"))
            self._switch.when_deactivated = lambda: flip(self._position("open"))
        if expected and contact != expected:
            flip(contact)
        if not self.simulated:
            self._factory.watch()

    def listen_to_button(self, pressed: Callable[[], None]) -> None:
        """Call ``pressed`` whenever the mute button is pressed; to be called before listen."""
        self._button = self._optional("mute", self._pins.mute, self._make_input)
        if self._button is not None:
            self._button.pin.title = "the mute button"
            self._button.when_activated = pressed

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
        for device in (self._switch, self._button):
            if device is not None:
                device.close()
        self._factory.close()

    def _make_input(self, pin: int) -> Any:
        return DigitalInputDevice(
            _name(self.board, pin),
            pull_up=True,
            bounce_time=self._pins.debounce,
            pin_factory=self._factory,
        )

    def _make_led(self, pin: int) -> Any:
        return OutputDevice(
            _name(self.board, pin),
            active_high=not self._pins.led_inverted,
            initial_value=False,
            pin_factory=self._factory,
        )

    def _optional(self, what: str, pin: int | None, make: Callable[[int], Any]) -> Any:
        """A device that the lamp can do without: if it cannot be had, that is said."""
        if pin is None:
            return None
        try:
            self.board.line(pin)
            return make(pin)
        except PinError as error:
            log.error("pins.%s: %s. Until then the lamp does without it", what, error)
            return None

    def _position(self, which: str) -> str:
        return f"{self._pins.switch} {which}"


def open_devices(
    pins: Pins,
    board: Board,
    report: Callable[[str], None],
    gpiod: Callable[[], Any] = import_gpiod,
    chips: Callable[[], Sequence[Path]] = chip_devices,
    patience: float = UDEV_TIME,
) -> Devices:
    """The devices of ``board``; on a simulated one by gpiozero's mock pins.

    ``patience``: s to wait for the permission to open the chips.

    Raises:
        PinError: the pins cannot be had; the message says why.
    """
    if board.name == SIMULATED:
        return Devices(pins, board, mock_factory())
    from lamp.operator.pins import HeaderFactory  # noqa: PLC0415  simulations don't need it

    found = Chips(gpiod(), chips(), patience)
    return Devices(pins, board, HeaderFactory(board, found, report))


def _name(board: Board, pin: int) -> str:
    """What the factory of ``board`` calls header ``pin``."""
    return f"BOARD{pin}" if board.name == SIMULATED else str(pin)
