"""One utterance as numbers, made once and compared many times.

>>> utterance = utterance_of(SoftText.of_text("ON"), SymbolTable(tuple("NO")))
>>> utterance.symbols.tolist()  # a row for each slot: how likely it is N, O
[[0.0, 1.0], [1.0, 0.0]]
>>> float(utterance.mass)  # slots that are really there
2.0
>>> round(float(utterance.grams @ utterance.grams), 6)  # Euclidean length one
1.0
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lamp.similarity.embedding import unpacked
from lamp.soft_text import SoftText

Floats = NDArray[np.float32]

_SKIPPED = 0.7  # weight of a pair of symbols with one slot between them, no unit; untuned
_TRIPLES = 1024  # columns that triples share; some 10 to 100 differ in an utterance
_HASH = 2654435761  # Knuth's multiplicative hash: neighbours land far apart


@dataclass(frozen=True)
class SymbolTable:
    """The column of each symbol; symbols that are not known share the columns by their hash.

    known: of the acoustic model, in the order of the columns.
    size: columns; at least as many as are known.
    """

    known: tuple[str, ...]
    size: int = 0

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return max(self.size, len(self.known))

    def column(self, symbol: str) -> int:
        """Where ``symbol`` is counted."""
        place = self._places.get(symbol.upper())
        return zlib.crc32(symbol.upper().encode()) % self.columns if place is None else place

    @cached_property
    def _places(self) -> dict[str, int]:
        return {symbol.upper(): column for column, symbol in enumerate(self.known)}


@dataclass(frozen=True)
class Utterance:
    """What a comparison needs.

    symbols: float32 [slots, columns], how likely each slot is each symbol.
    grams: float32 [grams], soft n-grams of one to three symbols, of Euclidean length one.
    mass: expected number of slots that are really there.
    embedding: float32 [dimensions] of Euclidean length one; [0] where there is none.
    """

    symbols: Floats
    grams: Floats
    mass: float
    embedding: Floats


def utterance_of(text: SoftText, table: SymbolTable) -> Utterance:
    """``text`` as numbers. An empty text has no slots, and nothing is like it."""
    symbols = np.zeros((len(text.slots), table.columns), np.float32)
    for row, slot in enumerate(text.slots):
        for symbol, probability in slot:
            symbols[row, table.column(symbol)] += probability
    return Utterance(symbols, _grams(symbols), float(symbols.sum()), unpacked(text.embedding))


def _grams(symbols: Floats) -> Floats:
    """Soft n-grams: symbols, neighbours, pairs around a slot, and triples that share columns.

    A gram counts with the product of its symbols' probabilities, at the place where that is
    largest: to be said once or twice is no difference in kind. Start and end are symbols too.
    """
    columns = symbols.shape[1] + 2
    padded = np.zeros((len(symbols) + 2, columns), np.float32)
    padded[0, -2] = padded[-1, -1] = 1
    padded[1:-1, :-2] = symbols
    single = symbols.max(axis=0, initial=0)
    pairs = _likeliest(padded[:-1], padded[1:])
    around = _SKIPPED * _likeliest(padded[:-2], padded[2:])
    vector = np.concatenate([single, pairs, around, _triples(padded)])
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def _likeliest(first: Floats, second: Floats) -> Floats:
    """For each pair of symbols the largest product of probabilities; [columns ** 2]."""
    if not len(first):
        return np.zeros(second.shape[1] ** 2, np.float32)
    return np.asarray((first[:, :, None] * second[:, None, :]).max(axis=0).ravel(), np.float32)


def _triples(padded: Floats) -> Floats:
    """The same for three neighbours, at the hash of the three; [_TRIPLES]."""
    found = np.zeros(_TRIPLES, np.float32)
    columns = padded.shape[1]
    rows = [np.flatnonzero(row) for row in padded]
    for at in range(len(padded) - 2):
        first, second, third = rows[at : at + 3]
        place = (first[:, None, None] * columns + second[:, None]) * columns + third
        product = (
            padded[at, first][:, None, None]
            * padded[at + 1, second][:, None]
            * padded[at + 2, third]
        )
        shared = (place * _HASH % 2**32 * _TRIPLES) >> 32
        np.maximum.at(found, shared.ravel(), product.ravel())
    return found
