"""gpiozero, without what the operator has no use for.

gpiozero imports ``importlib.metadata`` to look for pin factories of other packages. We
always name ours, and that module with all it brings costs 1.3 MB and, on a small board, a
tenth of a second before the switch works. gpiozero takes the backport ``importlib_metadata``
where it is installed, so while gpiozero is being imported it finds an empty one.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any


@contextlib.contextmanager
def without_metadata(modules: dict[str, ModuleType]) -> Iterator[None]:
    """Let an empty ``importlib_metadata`` be found, unless a full one is loaded anyway."""
    if "importlib.metadata" in modules or "importlib_metadata" in modules:
        yield
        return
    empty = ModuleType("importlib_metadata")
    empty.entry_points = lambda **_: ()  # type: ignore[attr-defined]
    modules["importlib_metadata"] = empty
    try:
        yield
    finally:
        del modules["importlib_metadata"]


with without_metadata(sys.modules):
    from gpiozero import (
        Device,
        DigitalInputDevice,
        Factory,
        GPIOPinInUse,
        OutputDevice,
        Pin,
    )


def mock_factory() -> Any:
    """A factory of gpiozero's mock pins, imported only where there are no others."""
    with without_metadata(sys.modules):
        from gpiozero.pins.mock import MockFactory  # noqa: PLC0415

    return MockFactory()


__all__ = [
    "Device",
    "DigitalInputDevice",
    "Factory",
    "GPIOPinInUse",
    "OutputDevice",
    "Pin",
    "mock_factory",
]
