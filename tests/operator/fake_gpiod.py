"""A gpiod (version 2) without hardware: chips with lines that remember every level.

It refuses what the kernel refuses: lines in use, and edges on chips without interrupts.
"""

from __future__ import annotations

import enum
import errno
import os
import time
from dataclasses import dataclass, field
from types import SimpleNamespace


class Direction(enum.Enum):
    AS_IS = 1
    INPUT = 2
    OUTPUT = 3


class Bias(enum.Enum):
    AS_IS = 1
    PULL_UP = 4


class EdgeKind(enum.Enum):
    NONE = 1
    BOTH = 4


class Value(enum.Enum):
    INACTIVE = 0
    ACTIVE = 1

    def __bool__(self):
        return self is Value.ACTIVE


class EventType(enum.Enum):
    RISING_EDGE = 1
    FALLING_EDGE = 2


@dataclass
class LineSettings:
    direction: Direction = Direction.AS_IS
    bias: Bias = Bias.AS_IS
    edge_detection: EdgeKind = EdgeKind.NONE
    output_value: Value = Value.INACTIVE


@dataclass
class FakeLine:
    """What the outside world sees of a line. ``levels``: each one it was ever driven to."""

    direction: Direction = Direction.INPUT
    level: bool = False
    consumer: str = ""
    levels: list[bool] = field(default_factory=list)
    edges: bool = False
    events: list = field(default_factory=list)
    fd: tuple[int, int] | None = None
    broken: bool = False

    def show(self, level, at=None):
        """The switch on this line now shows ``level``."""
        if level == self.level:
            return
        self.level = level
        if self.edges:
            kind = EventType.RISING_EDGE if level else EventType.FALLING_EDGE
            at = time.monotonic() if at is None else at
            self.events.append(SimpleNamespace(event_type=kind, timestamp_ns=int(at * 1e9)))
            os.write(self.fd[1], b"!")


class Request:
    def __init__(self, chip, offset, consumer):
        self._chip = chip
        self._offset = offset
        self._line = chip.lines[offset]
        self._line.consumer = consumer

    @property
    def fd(self):
        return self._line.fd[0]

    def reconfigure_lines(self, config):
        settings = config[self._offset]
        if self._chip.refuses_everything:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if settings.edge_detection is EdgeKind.BOTH:
            if self._chip.no_edges:
                raise OSError(self._chip.no_edges, os.strerror(self._chip.no_edges))
            self._line.edges = True
            self._line.fd = os.pipe()
        self._line.direction = settings.direction
        if settings.direction is Direction.OUTPUT:
            self._drive(settings.output_value)

    def _drive(self, value):
        self._line.level = bool(value)
        self._line.levels.append(bool(value))

    def set_value(self, offset, value):
        if self._line.broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        assert self._line.direction is Direction.OUTPUT
        self._drive(value)

    def get_value(self, offset):
        if self._line.broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return Value.ACTIVE if self._line.level else Value.INACTIVE

    def read_edge_events(self):
        os.read(self.fd, 4096)
        events, self._line.events = self._line.events, []
        return events


class FakeChip:
    """``no_edges``: the errno that a request for edges gets, or 0."""

    def __init__(self, label, lines=120, no_edges=0, error=0):
        self.label = label
        self.lines = [FakeLine() for _ in range(lines)]
        self.no_edges = no_edges
        self.error = error
        self.refuses_everything = False
        self.closed = 0

    def get_info(self):
        return SimpleNamespace(label=self.label, num_lines=len(self.lines))

    def get_line_info(self, offset):
        line = self.lines[offset]
        return SimpleNamespace(
            direction=line.direction, consumer=line.consumer, used=bool(line.consumer)
        )

    def request_lines(self, config, consumer):
        (offset,) = config
        if self.lines[offset].consumer:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        if self.refuses_everything:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return Request(self, offset, consumer)

    def close(self):
        self.closed += 1

    def let_go(self, keeps_outputs=True):
        """The process that had the lines has ended."""
        for line in self.lines:
            if line.consumer:
                line.consumer = ""
                if not keeps_outputs:
                    line.direction = Direction.INPUT


class FakeGpiod:
    """Stands in for the module ``gpiod``. ``chips``: by device file."""

    LineSettings = LineSettings
    EdgeEvent = SimpleNamespace(Type=EventType)
    line = SimpleNamespace(Direction=Direction, Bias=Bias, Edge=EdgeKind, Value=Value)

    def __init__(self, chips):
        self.chips = chips

    def Chip(self, path):  # noqa: N802
        chip = self.chips[path]
        if chip.error:
            raise OSError(chip.error, os.strerror(chip.error))
        return chip
