"""Character n-grams: the part of the document context that survives noisy spelling [O].

A transcriber spells the same sentence a little differently every time; most of the short runs of
letters stay. A text is the set of its n-grams, with a space before and after, each n-gram weighing
1 / sqrt(number of n-grams) so that every text has Euclidean length one. N-grams get their ids in
the order in which they are first learned; their number is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .arrays import Floats, Ints


def grams_of(text: str, longest: int) -> list[str]:
    """The distinct n-grams of 1..``longest`` characters of ``text``, in order of appearance."""
    padded = f" {text} "
    runs = list(padded)
    found = runs
    for size in range(1, longest):
        runs = [run + letter for run, letter in zip(runs, padded[size:], strict=False)]
        found = found + runs
    return list(dict.fromkeys(found))


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

    def learn(self, text: str) -> tuple[Ints, Floats]:
        """Give ids to the n-grams of ``text`` that have none, while there is room.

        Returns:
            Its row, as :meth:`row` gives it now and ever after.
        """
        found = grams_of(text, self.longest)
        for gram in found:
            if gram not in self._id_of:
                if len(self._id_of) >= self.capacity:
                    break
                self._id_of[gram] = len(self._id_of)
        return self._row(found)

    def row(self, text: str) -> tuple[Ints, Floats]:
        """The sparse row of ``text``: ids of its known n-grams, and the value of each.

        Unknown n-grams have no entry but count in the length, so a text of which nothing is
        known has an empty row.
        """
        return self._row(grams_of(text, self.longest))

    def _row(self, found: Sequence[str]) -> tuple[Ints, Floats]:
        ids = [place for place in map(self._id_of.get, found) if place is not None]
        return np.array(ids, dtype=np.int64), np.full(len(ids), 1 / np.sqrt(len(found)))
