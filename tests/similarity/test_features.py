"""The soft n-grams against a list of all of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lamp.similarity.features import SymbolTable, utterance_of
from lamp.soft_text import SoftText

TABLE = SymbolTable(tuple("ABC"))
_START, _END = 3, 4  # columns behind those of the symbols


def soft(rng: np.random.Generator, count: int) -> SoftText:
    slots = []
    for _ in range(count):
        first, second = rng.permutation(3)[:2]
        p = float(rng.uniform(0.5, 0.9))
        slots.append((("ABC"[first], p), ("ABC"[second], 0.9 - p)))
    return SoftText(tuple(slots), "x")


def slow(text: SoftText) -> np.ndarray:
    """Every gram by hand; [3 + 5 * 5 + 5 * 5 + 1024], of length one."""
    slots = [{"ABC".index(symbol): p for symbol, p in slot} for slot in text.slots]
    ends = [{_START: 1.0}, *slots, {_END: 1.0}]
    single, triples = np.zeros(3), np.zeros(1024)
    pairs, around = np.zeros((5, 5)), np.zeros((5, 5))
    for slot in slots:
        for a, p in slot.items():
            single[a] = max(single[a], p)
    for grams, apart, weight in ((pairs, 1, 1.0), (around, 2, 0.7)):
        for left, right in zip(ends, ends[apart:], strict=False):
            for a, b in itertools.product(left, right):
                grams[a, b] = max(grams[a, b], weight * left[a] * right[b])
    for one, two, three in zip(ends, ends[1:], ends[2:], strict=False):
        for a, b, c in itertools.product(one, two, three):
            place = ((a * 5 + b) * 5 + c) * 2654435761 % 2**32 * 1024 >> 32
            triples[place] = max(triples[place], one[a] * two[b] * three[c])
    vector = np.concatenate([single, pairs.ravel(), around.ravel(), triples])
    return np.asarray(vector / np.linalg.norm(vector))


@pytest.mark.parametrize("seed", range(8))
def test_soft_grams_are_those_that_can_be_counted_by_hand(seed: int) -> None:
    rng = np.random.default_rng(seed)
    text = soft(rng, int(rng.integers(1, 7)))
    assert utterance_of(text, TABLE).grams == pytest.approx(slow(text), abs=1e-6)


def test_an_utterance_knows_how_many_slots_are_really_there() -> None:
    text = SoftText(((("A", 0.5),), (("B", 0.25), ("C", 0.5))), "ac")
    utterance = utterance_of(text, TABLE)
    assert utterance.mass == pytest.approx(1.25)
    assert utterance.symbols.tolist() == [[0.5, 0.0, 0.0], [0.0, 0.25, 0.5]]


def test_capitals_are_the_same_symbols_and_unknown_ones_have_a_column() -> None:
    table = SymbolTable(("a",), size=4)
    assert table.column("A") == table.column("a") == 0
    assert 0 <= table.column("Ж") == table.column("ж") < table.columns == 4
