"""Character n-grams: the part of the document context that survives noisy spelling [O].

A transcriber spells the same sentence a little differently every time; most of the short runs of
letters stay. A text is the set of its n-grams, with a space before and after, each n-gram weighing
1 / sqrt(number of n-grams) so that every text has Euclidean length one. N-grams get their ids in
the order in which they are first learned; their number is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .arrays import Floats, Ints


def grams_of(text: str, longest: int) -> list[str]:
    """The distinct n-grams of 1..``longest`` characters of ``text``, in order of appearance."""
    padded = f" {text} "
    sizes = range(1, longest + 1)
    runs = (padded[start : start + n] for n in sizes for start in range(len(padded) - n + 1))
    return list(dict.fromkeys(runs))


class GramIndex:
    """Gives ids to n-grams, up to ``capacity`` of them; later ones stay unknown.

    Args:
        longest: characters of the longest n-gram.
        capacity: how many n-grams are told apart at most.
        grams: n-grams that have ids already, in the order of their ids.
    """

    def __init__(self, longest: int, capacity: int, grams: Iterable[str] = ()) -> None:
        self.longest = longest
        self.capacity = capacity
        self._id_of = {gram: place for place, gram in enumerate(grams)}

    def __len__(self) -> int:
        return len(self._id_of)

    @property
    def grams(self) -> tuple[str, ...]:
        """All n-grams that have an id, in the order of their ids."""
        return tuple(self._id_of)

    def learn(self, text: str) -> None:
        """Give ids to the n-grams of ``text`` that have none, while there is room."""
        for gram in grams_of(text, self.longest):
            if len(self._id_of) >= self.capacity:
                return
            self._id_of.setdefault(gram, len(self._id_of))

    def row(self, text: str) -> tuple[Ints, Floats]:
        """The sparse row of ``text``: ids of its known n-grams, and the value of each.

        Unknown n-grams have no entry but count in the length, so a text of which nothing is
        known has an empty row.
        """
        found = grams_of(text, self.longest)
        ids = [self._id_of[gram] for gram in found if gram in self._id_of]
        value = 1 / np.sqrt(len(found))
        return np.array(ids, dtype=np.int64), np.full(len(ids), value)
