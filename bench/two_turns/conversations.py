"""What is said in two turns, and what the second one asks for. Made up for this bench."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from lamp.messages import Action, State


class Conversation(NamedTuple):
    """Two turns of one speaker or two.

    kind: what makes the second turn clear.
    asked: what the first turn asks of the lamp; None: nothing.
    wanted: what the second turn asks for.
    """

    kind: str
    first: str
    second: str
    wanted: Action
    asked: State | None = None


CONVERSATIONS = (
    Conversation("plan", "i'm going up", "now", "dark"),
    Conversation("plan", "i'm coming down", "now", "lit"),
    Conversation("plan", "i'm on the phone", "now", "none"),
    Conversation("offer", "shall we have some light", "yes please", "lit"),
    Conversation("offer", "shall we save power", "yes please", "dark"),
    Conversation("offer", "did you want any tea", "yes please", "none"),
    Conversation("time of day", "good morning everybody", "hello teddy", "lit"),
    Conversation("time of day", "good evening everybody", "hello teddy", "dark"),
    Conversation("time of day", "good afternoon everybody", "hello teddy", "none"),
    Conversation("undo", "turn on the lamp", "not that", "dark", asked="lit"),
    Conversation("undo", "turn off the lamp", "not that", "lit", asked="dark"),
    Conversation("undo", "i wear the blue shirt", "not that", "none"),
    Conversation("other way", "lamp on", "and the other way", "dark", asked="lit"),
    Conversation("other way", "lamp off", "and the other way", "lit", asked="dark"),
    Conversation("other way", "turn the page", "and the other way", "none"),
)


def drawn(rng: random.Random) -> Iterator[Conversation]:
    """Without end; each comes once before any comes again."""
    while True:
        yield from rng.sample(CONVERSATIONS, len(CONVERSATIONS))
