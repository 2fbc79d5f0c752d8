"""Free text for next-token prediction: the Python manual that every Python carries.

``pydoc_data.topics`` (Python Software Foundation licence), about half a million characters: the
largest English text that needs no download.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pydoc_data.topics import topics

import numpy as np

from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.bit_cipher import cipher_rows

VOCABULARY = 1000
BITS = 60  # of the one- and two-bit codes that 1000 tokens take


@lru_cache(1)
def tokens() -> Ints:
    """The text as ranks of its words: 0 is the most frequent, the last rank all rare ones."""
    words = re.findall(
        r"[a-z']+|[.,;:()]", " ".join(topics[name] for name in sorted(topics)).lower()
    )
    kinds, counts = np.unique(words, return_counts=True)
    order = np.lexsort((kinds, -counts))
    rank = {kinds[place]: number for number, place in enumerate(order)}
    return np.array([min(rank[word], VOCABULARY - 1) for word in words], dtype=np.int64)


def contexts(radius: int, start: int, end: int) -> tuple[Floats, Ints]:
    """The last ``radius`` tokens as ciphers beside each other, and the token that follows.

    Returns:
        (end - start, radius * BITS), L1 norm ``radius``; and (end - start,).
    """
    rows, every = cipher_rows(VOCABULARY, BITS), tokens()
    places = np.arange(start, end)
    parts = [rows[every[places - distance]] for distance in range(1, radius + 1)]
    return np.concatenate(parts, axis=1), every[places]
