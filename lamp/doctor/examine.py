"""One examination of a whole lamp."""

from __future__ import annotations

from collections.abc import Iterator

from lamp.config import Config
from lamp.doctor.finding import Finding
from lamp.doctor.pins import check_pins
from lamp.doctor.system import check_disk, check_model, check_sound, check_swap


def examine(config: Config, simulate: bool) -> Iterator[Finding]:
    """All findings, the cheap ones first; those about pins unless the lamp does without."""
    yield from check_disk(config)
    yield from check_swap()
    yield from check_model(config)
    yield from check_sound(config)
    if not simulate:
        yield from check_pins(config.pins)
