"""Diaries as large as they may become, of a house in which a television talks all day."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from lamp.diary.exchange import Exchange, Label, LabelSource, Moment
from lamp.diary.rows import COLUMNS, exchange_row, insertion
from lamp.diary.schema import open_diary
from lamp.messages import Action
from lamp.soft_text import Slot, SoftText
from tests.anticipator.conftest import NOON

BY_HAND = 0.08  # share of the exchanges
KEPT = 0.04
COMMANDS: dict[Action, tuple[str, ...]] = {
    "lit": ("TURNONTHELIGHT", "LUMOS", "ITISSODARK"),
    "dark": ("TURNITOFF", "NOX", "GOODNIGHT"),
}
_SYLLABLES = [a + b for a in "BDFGKLMNPRSTVZ" for b in "AEIOU"]


def soft_text(words: str, chance: random.Random) -> SoftText:
    """``words`` as an acoustic model hears them: some letters wrong, most in doubt."""
    slots: list[Slot] = []
    for letter in words:
        other = chance.choice(string.ascii_uppercase)
        doubt = chance.random() * 0.6
        slot = {other: round(0.4 * doubt, 2), letter: round(1 - doubt, 2)}
        slots.append(tuple(sorted(slot.items(), key=lambda each: -each[1])))
    return SoftText(tuple(slots), words)


def life(count: int, seed: int = 1) -> Iterator[tuple[Exchange, Label]]:
    """So many labelled exchanges, a minute apart."""
    chance = random.Random(seed)
    vocabulary = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(3000)]
    for number in range(count):
        drawn = chance.random()
        source: LabelSource = "silence"
        action: Action = "none"
        if drawn < BY_HAND + KEPT:
            source = "flip" if drawn < BY_HAND else "kept"
            action = chance.choice(("lit", "dark"))
        words = "".join(chance.choices(vocabulary, k=chance.randint(1, 7)))
        if action != "none":
            words = chance.choice(COMMANDS[action])
        soft = soft_text(words, chance)
        exchange = Exchange(
            id=f"big-{number}",
            text=soft.best,
            soft=soft,
            confidence=0.8,
            started=number * 60.0,
            ended=number * 60.0 + 1.5,
            state_before="dark" if action == "lit" else "lit",
            probabilities=(0.8, 0.1, 0.1),
            words=(0.8, 0.1, 0.1),
            memory=(0.0, -2.0, -2.0),
            stages={"endpoint": 0.5, "model": 0.05},
            level_db=-25.0,
            moment=Moment(10.0, 60.0, len(soft.slots), -25.0),
        )
        yield exchange, Label(action, 1.0, source, f"f-{number}" if source == "flip" else "")


def make_big_diary(path: Path, count: int, seed: int = 1) -> None:
    """A diary of ``count`` exchanges, all of them labelled, as the lamp itself would write it."""
    with closing(open_diary(path)) as diary:
        for exchange, label in life(count, seed):
            wall = NOON + timedelta(seconds=exchange.ended)
            said = exchange_row(exchange, wall) | {"boot": ""}
            diary.execute(*insertion("exchanges", said))
            diary.execute(*insertion("labels", {"exchange": exchange.id} | asdict(label)))
            if label.source == "flip":
                at = exchange.ended + 3
                row = (label.flip, label.action, at, wall.isoformat(), "", exchange.id, "")
                diary.execute(*insertion("flips", dict(zip(COLUMNS["flips"], row, strict=True))))
        diary.commit()
