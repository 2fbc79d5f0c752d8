"""What stands before a place in a text [T].

The *pivot* is the token before the place. The *block* is anchored in position: tokens 0 to b - 1 of
the text are the first block, b to 2 b - 1 the second. After its last place it wraps: the next
block begins with one token. *Radial* are the last r tokens, wherever they stand, newest first. The
*document* is what was said lately before the block, without order.

>>> found = contexts(np.array([5, 6, 7, 8, 9]), np.array([3, 4]), block=3, radial=2)
>>> found.block.tolist(), found.inside.tolist()
([[5, 6, 7], [8, 8, 8]], [[True, True, True], [True, False, False]])
>>> found.radial.tolist()
[[7, 6], [8, 7]]

Because a block wraps, no two places have the same three contexts, and the length of what counts
is bounded by the document alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lamp.language_model.arrays import Ints

Singles = NDArray[np.float32]  # half the memory of Floats, and twice as fast
Flags = NDArray[np.bool_]
_CHUNK = 1000  # ends at once: the sums of a long text would not fit into memory


class Contexts(NamedTuple):
    """The contexts of n places.

    block: (n, b), oldest first; filled up with the pivot.
    inside: (n, b), which of them are there.
    pivot: (n,), the latest token.
    radial: (n, r), newest first.
    """

    block: Ints
    inside: Flags
    pivot: Ints
    radial: Ints


def contexts(text: Ints, places: Ints, block: int, radial: int) -> Contexts:
    """The contexts of ``places`` in a text, each at least ``radial``."""
    latest = places - 1
    start = latest // block * block
    where = start[:, None] + np.arange(block)
    inside = where <= latest[:, None]
    where = np.minimum(where, latest[:, None])
    return Contexts(text[where], inside, text[latest], text[latest[:, None] - np.arange(radial)])


def document_means(text: Ints, ends: Ints, embeddings: Singles, length: int) -> Singles:
    """The mean embedding of the last ``length`` tokens before each end, fewer at the start.

    Args:
        ends: places in the text, ascending; before place 0 there is nothing, and the mean is 0.

    Returns:
        (n, w).
    """
    means = np.empty((len(ends), embeddings.shape[1]), dtype=np.float32)
    for chunk in np.array_split(np.arange(len(ends)), -(-len(ends) // _CHUNK)):
        until = ends[chunk]
        since = np.maximum(until - length, 0)
        first, last = since[0], until[-1]
        sums = np.zeros((last - first + 1, embeddings.shape[1]))
        np.cumsum(embeddings[text[first:last]], axis=0, out=sums[1:])
        total = sums[until - first] - sums[since - first]
        means[chunk] = total / np.maximum(until - since, 1)[:, None]
    return means
