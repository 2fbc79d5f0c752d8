"""A sender may forget what is written, and not before; and no more waits than there is room for."""

from __future__ import annotations

import pytest

from lamp.mailbox import Delivery, acknowledgements
from lamp.mailbox.acknowledgements import Acknowledgements
from lamp.messages import Stop


class Acknowledged:
    """Deliveries by number, and which of them were acknowledged."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def delivery(self, number: int) -> Delivery:
        return Delivery(Stop(), "operator", _ack=lambda: self.numbers.append(number))


def test_nothing_is_acknowledged_before_all_is_written() -> None:
    disk_is_well = False
    acknowledged = Acknowledged()
    waiting = Acknowledgements(lambda: disk_is_well)
    for number in range(3):
        waiting.put(acknowledged.delivery(number))
        waiting.settle()
    assert acknowledged.numbers == []
    disk_is_well = True
    waiting.settle()
    waiting.settle()
    assert acknowledged.numbers == [0, 1, 2]


def test_of_too_many_the_oldest_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """For their senders have long dropped it: they keep fewer."""
    monkeypatch.setattr(acknowledgements, "MOST", 5)
    acknowledged = Acknowledged()
    waiting = Acknowledgements(lambda: False)
    for number in range(8):
        waiting.put(acknowledged.delivery(number))
    assert acknowledged.numbers == [0, 1, 2]
