"""The boards the lamp runs on: which GPIO line each header pin is, and which are dangerous.

A line is found by the label of its chip and its offset there: chip *numbers* change from
kernel to kernel, and not every board names its lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from lamp.config import Pins
from lamp.errors import PinForbidden, PinMissing

DEVICE_TREE = Path("/proc/device-tree")
SIMULATED = "simulated"


@dataclass(frozen=True)
class Line:
    """One GPIO line, as the kernel knows it."""

    chip: str  # label
    offset: int


@dataclass(frozen=True)
class Board:
    """One kind of board.

    ``lines``: header pin to line. ``forbidden``: header pin to the reason why not.
    ``compatible``: what its device tree may call it.
    """

    name: str
    title: str
    compatible: tuple[str, ...]
    lines: Mapping[int, Line] = field(repr=False)
    forbidden: Mapping[int, str] = field(repr=False)

    def line(self, pin: int) -> Line:
        """The line on header ``pin``.

        Raises:
            PinForbidden: using it could harm something.
            PinMissing: the header has no such pin.
        """
        if pin in self.forbidden:
            raise PinForbidden(
                f"header pin {pin} of the {self.title} {self.forbidden[pin]}. "
                f"Take another, such as {_SUGGESTED}"
            )
        if pin not in self.lines:
            raise PinMissing(
                f"the {self.title} has no GPIO on header pin {pin}. "
                f"It has: {', '.join(map(str, sorted(self.lines)))}"
            )
        return self.lines[pin]


_SUGGESTED = "36 for the relay and 31 for the switch"
_POWER = dict.fromkeys((1, 2, 4, 17), "is a 3.3 V or 5 V supply")
_GROUND = dict.fromkeys((6, 9, 14, 20, 25, 30, 34, 39), "is ground")

_BCM = {
    **{3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23},
    **{18: 24, 19: 10, 21: 9, 22: 25, 23: 11, 24: 8, 26: 7, 29: 5, 31: 6, 32: 12},
    **{33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21},
}
_PI_FORBIDDEN = {
    **_POWER,
    **_GROUND,
    27: "belongs to the memory of an expansion board",
    28: "belongs to the memory of an expansion board",
}

_POTATO_ALWAYS_ON = {3: 5, 5: 4, 12: 6, 13: 9}  # on the chip aobus-banks
_POTATO_PERIPHERALS = {  # on the chip periphs-banks
    **{7: 98, 8: 91, 10: 92, 16: 93, 18: 94, 19: 87, 21: 88, 22: 79, 23: 90, 24: 89},
    **{26: 80, 27: 75, 28: 76, 29: 96, 31: 97, 32: 95, 33: 85, 35: 86, 36: 81, 37: 84},
    **{38: 82, 40: 83},
}
_POTATO_FORBIDDEN = {
    **_POWER,
    **_GROUND,
    11: "is shared with HDMI's control line",
    15: "is a test strap of the processor",
}


def _raspberry(name: str, title: str, chip: str, *compatible: str) -> Board:
    lines = {pin: Line(chip, offset) for pin, offset in _BCM.items()}
    return Board(name, title, compatible, MappingProxyType(lines), MappingProxyType(_PI_FORBIDDEN))


def _potato(name: str, title: str, *compatible: str) -> Board:
    lines = {
        **{pin: Line("aobus-banks", offset) for pin, offset in _POTATO_ALWAYS_ON.items()},
        **{pin: Line("periphs-banks", offset) for pin, offset in _POTATO_PERIPHERALS.items()},
    }
    return Board(
        name, title, compatible, MappingProxyType(lines), MappingProxyType(_POTATO_FORBIDDEN)
    )


#: Every board by the name that ``pins.board`` of lamp.yaml takes.
BOARDS: Mapping[str, Board] = MappingProxyType(
    {
        board.name: board
        for board in (
            _raspberry(
                "raspberry-pi-3",
                "Raspberry Pi 3",
                "pinctrl-bcm2835",
                "raspberrypi,3-model-b",
                "raspberrypi,3-model-b-plus",
                "raspberrypi,3-model-a-plus",
            ),
            _raspberry(
                "raspberry-pi-zero-2-w",
                "Raspberry Pi Zero 2 W",
                "pinctrl-bcm2835",
                "raspberrypi,model-zero-2-w",
            ),
            _raspberry(
                "raspberry-pi-4",
                "Raspberry Pi 4",
                "pinctrl-bcm2711",
                "raspberrypi,4-model-b",
                "raspberrypi,400",
            ),
            _raspberry(
                "raspberry-pi-5",
                "Raspberry Pi 5",
                "pinctrl-rp1",
                "raspberrypi,5-model-b",
                "raspberrypi,500",
            ),
            _potato("le-potato", "Le Potato", "libretech,aml-s905x-cc", "libretech,cc"),
            _potato("le-potato-v2", "Le Potato V2", "libretech,aml-s905x-cc-v2"),
            _raspberry(SIMULATED, "simulated board", SIMULATED),
        )
    }
)


def check_header_pins(pins: Pins, device_tree: Path = DEVICE_TREE) -> None:
    """Refuse a board or pins that no wiring and no repair of this machine would make right.

    Where the board shall be found out and this machine is none, one that has them is enough.

    Raises:
        PinMissing, PinForbidden: see :func:`find_board` and :meth:`Board.line`.
    """
    try:
        boards = [find_board(pins.board, device_tree)]
    except PinMissing:
        if pins.board != "auto":
            raise
        boards = list(BOARDS.values())
    for pin in (pins.relay, pins.switch, pins.led, pins.mute):
        if pin is not None:
            _on_one_of(boards, pin)


def _on_one_of(boards: list[Board], pin: int) -> None:
    refused: PinMissing | PinForbidden | None = None
    for board in boards:
        try:
            board.line(pin)
        except (PinMissing, PinForbidden) as error:
            refused = refused or error
        else:
            return
    assert refused is not None
    raise refused


def find_board(name: str = "auto", device_tree: Path = DEVICE_TREE) -> Board:
    """The board called ``name``, or for ``auto`` the one this machine is.

    Raises:
        PinMissing: no such board, or this machine is none of them.
    """
    if name == "auto":
        return detect(device_tree)
    if name not in BOARDS:
        raise PinMissing(f"pins.board {name!r} is unknown. Known are: auto, {', '.join(BOARDS)}")
    return BOARDS[name]


def detect(device_tree: Path = DEVICE_TREE) -> Board:
    """The board that ``device_tree`` (/proc/device-tree) describes.

    The ``compatible`` strings decide, most specific first; they do not change with the
    firmware's wording of the model's name.

    Raises:
        PinMissing: this machine has no device tree, or an unknown board's.
    """
    compatible = _strings(device_tree / "compatible")
    if not compatible:
        raise PinMissing(
            "this machine is not a board with GPIO pins. "
            "Run with --simulate, or set pins.board: simulated in lamp.yaml"
        )
    for entry in compatible:
        for board in BOARDS.values():
            if entry in board.compatible:
                return board
    model = " ".join(_strings(device_tree / "model")) or compatible[0]
    raise PinMissing(
        f"the board {model!r} is unknown. If one of these has the same pins, set pins.board "
        f"to it: {', '.join(BOARDS)}"
    )


def _strings(path: Path) -> list[str]:
    """The NUL-terminated strings of a device tree property; none where it is missing."""
    try:
        raw = path.read_bytes()
    except OSError:
        return []
    return [part.decode("ascii", "replace") for part in raw.split(b"\0") if part]
