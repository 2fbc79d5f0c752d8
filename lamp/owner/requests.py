"""The requests, as they are written down."""

from __future__ import annotations

import msgspec

from lamp.diary.exchange import Exchange, Label
from lamp.messages import Action

BY_WORD = "told"  # in place of a flip, in labels that the owner gave without the switch


class Meant(msgspec.Struct, frozen=True, tag=True):
    """An utterance asked for ``action``; none: it was not for the lamp."""

    exchange: str
    action: Action

    def label(self, exchange: Exchange) -> Label:
        """The label that this gives ``exchange``, which is never doubted."""
        is_flip = self.action != "none" and not exchange.acted
        return Label(self.action, 1.0, "flip" if is_flip else "correction", BY_WORD)


class Forget(msgspec.Struct, frozen=True, tag=True):
    """Leave nothing of an exchange."""

    exchange: str


class Freeze(msgspec.Struct, frozen=True, tag=True):
    """Learn no more from the switch and from silence, or learn again."""

    frozen: bool


Request = Meant | Forget | Freeze


def wrong(exchange: str) -> Meant:
    """What the lamp took an utterance for was wrong: it asked for nothing."""
    return Meant(exchange, "none")
