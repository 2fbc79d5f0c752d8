"""A text of which not every letter is certain: what was heard, before anybody decided.

A slot is a place where one letter was heard; it holds the letters that it may have been and how
likely each is. What is missing from one means: nothing was there, or something unlikely.

>>> heard = SoftText(((("n", 0.9),), (("o", 0.6), ("a", 0.3)), (("x", 0.8),)), best="nox")
>>> {gram: round(weight, 2) for gram, weight in heard.grams(2).items() if "a" in gram}
{'a': 0.3, 'na': 0.27, 'ax': 0.24}
>>> heard.encode()
'["nox",[{"n":90},{"o":60,"a":30},{"x":80}],""]'
>>> SoftText.decode(heard.encode()) == heard
True
>>> SoftText.of_text("no").grams(2)
{' ': 1.0, 'n': 1.0, 'o': 1.0, ' n': 1.0, 'no': 1.0, 'o ': 1.0}
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import msgspec

Slot = tuple[tuple[str, float], ...]  # (symbol, probability), the likeliest first

LEAST = 0.05  # n-grams that are less likely are left out
_AT_AN_END: Slot = ((" ", 1.0),)


class _Encoded(msgspec.Struct, array_like=True, frozen=True):
    best: str
    slots: list[dict[str, int]]
    embedding: bytes = b""  # not written by earlier versions


@dataclass(frozen=True)
class SoftText:
    """What was heard, slot by slot.

    slots: in the order of time.
    best: the likeliest spelling. It may be empty where slots are not: something was heard, and
        nothing is likelier at any place.
    embedding: all that was heard as one vector, see `lamp.similarity.embedding`; empty where the
        acoustic model writes none.
    """

    slots: tuple[Slot, ...] = ()
    best: str = ""
    embedding: bytes = b""

    @classmethod
    def of_text(cls, text: str) -> SoftText:
        """``text``, every letter of it certain."""
        return cls(tuple(((letter, 1.0),) for letter in text), text)

    @property
    def empty(self) -> bool:
        """Nothing was heard."""
        return not self.slots

    def __bool__(self) -> bool:
        """Something was heard."""
        return not self.empty

    def grams(self, longest: int) -> dict[str, float]:
        """How likely each n-gram of 1..``longest`` symbols is somewhere, .05..1, short ones first.

        At one place it is the product of its symbols' probabilities; of several places the
        likeliest counts. A space stands at either end. The answer is not to be changed.
        """
        return _grams(self.slots, longest)

    def encode(self) -> str:
        """As compact JSON, probabilities in whole per cent; a few hundred bytes."""
        slots = [{symbol: round(100 * p) for symbol, p in slot} for slot in self.slots]
        return msgspec.json.encode(_Encoded(self.best, slots, self.embedding)).decode()

    @classmethod
    def decode(cls, encoded: str) -> SoftText:
        """What :meth:`encode` wrote.

        Raises:
            msgspec.DecodeError: it did not write that.
        """
        read = msgspec.json.decode(encoded, type=_Encoded)
        slots = tuple(tuple((symbol, p / 100) for symbol, p in slot.items()) for slot in read.slots)
        return cls(slots, read.best, read.embedding)


#: What silence is heard as.
NOTHING_HEARD = SoftText()


@lru_cache(maxsize=64)  # who hears, recalls and learns asks for the same text within a moment
def _grams(slots: tuple[Slot, ...], longest: int) -> dict[str, float]:
    by_length: list[dict[str, float]] = [{} for _ in range(longest)]
    ending: list[list[tuple[str, float]]] = []  # n-grams that end at the slot before, by length
    for slot in (_AT_AN_END, *slots, _AT_AN_END):
        shorter = ([("", 1.0)], *ending[: longest - 1])
        ending = [_continued(grams, slot) for grams in shorter]
        for found, grams in zip(by_length, ending, strict=False):
            for gram, p in grams:
                if p > found.get(gram, 0.0):
                    found[gram] = p
    merged: dict[str, float] = {}
    for found in by_length:  # symbols of several letters spell an n-gram of another length, too
        merged |= {gram: max(p, merged.get(gram, 0.0)) for gram, p in found.items()}
    return merged


def _continued(grams: list[tuple[str, float]], slot: Slot) -> list[tuple[str, float]]:
    """Every n-gram with every symbol of ``slot`` behind it."""
    return [(gram + symbol, p * q) for gram, p in grams for symbol, q in slot if p * q >= LEAST]
