"""One thing that was heard, as the page tells it."""

from __future__ import annotations

from dataclasses import dataclass

from lamp.config import Names
from lamp.diary.exchange import Exchange


@dataclass(frozen=True)
class Row:
    """What the template shows of an exchange."""

    key: str
    text: str
    wall: str
    time: str
    did: str


def row_of(exchange: Exchange, names: Names) -> Row:
    """The row of ``exchange``."""
    did = f"went {names.of(exchange.action)} by itself" if exchange.acted else "did nothing"
    return Row(exchange.id, exchange.text, "", "", did)
