"""The checks of the pins. Nothing is requested, so nothing can twitch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lamp.config import Pins
from lamp.doctor.finding import Finding
from lamp.errors import PinError
from lamp.operator.boards import DEVICE_TREE, SIMULATED, Board, find_board
from lamp.operator.chips import CONSUMER, Chips, chip_devices, import_gpiod

KEEPS_OUTPUTS = "parameters/persist_gpio_outputs"
MODULES = Path("/sys/module")


def check_pins(
    pins: Pins,
    device_tree: Path = DEVICE_TREE,
    gpiod: Callable[[], Any] = import_gpiod,
    devices: Callable[[], Sequence[Path]] = chip_devices,
    modules: Path = MODULES,
) -> Iterator[Finding]:
    """Board, gpiod, chips with their permissions, and whether the chosen pins are free."""
    try:
        board = find_board(pins.board, device_tree)
        yield Finding(f"board: {board.title}", True)
        if board.name == SIMULATED:
            return
        module = gpiod()
        yield Finding("gpiod can be used", True)
        found = list(devices())
        there = ", ".join(map(str, found)) or "none"
        mend = "" if found else "use a kernel with CONFIG_GPIO_CDEV, as Debian's has"
        yield Finding(f"GPIO chips: {there}", bool(found), mend)
        if not found:
            return
    except PinError as error:
        yield Finding("pins", False, str(error))
        return
    chips = Chips(module, found)
    try:
        for name in ("relay", "switch", "led", "mute"):
            pin = getattr(pins, name)
            if pin is not None:
                yield _check_pin(board, chips, name, pin)
    finally:
        chips.close()
    if board.name.startswith("raspberry-pi"):  # Debian's kernel has their modules on every board
        yield from _check_release(modules)


def _check_pin(board: Board, chips: Chips, name: str, pin: int) -> Finding:
    what = f"{name} on header pin {pin}"
    try:
        line = board.line(pin)
        info = chips.find(line.chip).get_line_info(line.offset)
    except (PinError, OSError, ValueError) as error:
        return Finding(what, False, str(error))
    what = f"{what} (line {line.offset} of {line.chip})"
    if not info.used:
        return Finding(f"{what} is free", True)
    if info.consumer == CONSUMER:
        return Finding(f"{what} is held by the running lamp", True)
    return Finding(
        f"{what} is held by {info.consumer or 'the kernel'!r}",
        False,
        f"stop that program or device tree overlay, or choose another pin for pins.{name}",
    )


def _check_release(modules: Path) -> Iterator[Finding]:
    """Some Raspberry Pi kernels let go of the relay whenever the operator restarts."""
    for module in ("pinctrl_bcm2835", "pinctrl_rp1"):
        try:
            keeps = (modules / module / KEEPS_OUTPUTS).read_text(encoding="ascii").strip()
        except OSError:
            continue  # another board, or a kernel without the choice
        ok = keeps == "Y"
        yield Finding(
            "the kernel keeps the relay's level while the operator restarts"
            if ok
            else "the kernel lets go of the relay while the operator restarts",
            ok,
            "" if ok else f"add {module}.persist_gpio_outputs=1 to the kernel's command line",
        )
