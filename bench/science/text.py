"""Free text for next-token prediction.

*manual*: ``pydoc_data.topics``, the manual that every Python carries (Python Software Foundation
licence), 80,000 words. *bible*: the King James Version (public domain), 890,000 words with
punctuation, from the Debian packages ``bible-kjv`` and ``bible-kjv-text``
(``apt install bible-kjv``); the largest free text that we found in a package.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache
from pydoc_data.topics import topics

import numpy as np

from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.embeddings import cipher_rows

VOCABULARY = 1000
BITS = 60  # of the one- and two-bit codes that 1000 tokens take


def has_bible() -> bool:
    """Whether the larger text is installed."""
    return shutil.which("bible") is not None


@lru_cache(2)
def tokens(name: str = "manual") -> Ints:
    """A text as ranks of its words: 0 is the most frequent, the last rank all rare ones."""
    words = re.findall(r"[a-z']+|[.,;:()]", (_bible() if name == "bible" else _manual()).lower())
    kinds, numbers, counts = np.unique(words, return_inverse=True, return_counts=True)
    order = np.lexsort((kinds, -counts))
    rank = np.empty(len(kinds), dtype=np.int64)
    rank[order] = np.minimum(np.arange(len(kinds)), VOCABULARY - 1)
    return rank[numbers]


def contexts(radius: int, start: int, end: int, name: str = "manual") -> tuple[Floats, Ints]:
    """The last ``radius`` tokens as ciphers beside each other, and the token that follows.

    Returns:
        (end - start, radius * BITS), L1 norm ``radius``; and (end - start,).
    """
    return contexts_at(radius, np.arange(start, end), name)


def contexts_at(radius: int, places: Ints, name: str = "manual") -> tuple[Floats, Ints]:
    """The same for any places in the text."""
    rows, every = cipher_rows(VOCABULARY, BITS), tokens(name)
    parts = [rows[every[places - distance]] for distance in range(1, radius + 1)]
    return np.concatenate(parts, axis=1), every[places]


def counted(radius: int, start: int, end: int, name: str = "manual") -> Floats:
    """F = sum x (x) y over the places from ``start`` to ``end``: (radius * BITS, VOCABULARY).

    Pairs of tokens are counted first, and the ciphers multiplied in once.
    """
    rows, every = cipher_rows(VOCABULARY, BITS), tokens(name)
    parts = []
    for distance in range(1, radius + 1):
        pairs = every[start - distance : end - distance] * VOCABULARY + every[start:end]
        counts = np.bincount(pairs, minlength=VOCABULARY**2).reshape(VOCABULARY, VOCABULARY)
        parts.append(rows.T @ counts)
    return np.concatenate(parts)


def _manual() -> str:
    return " ".join(topics[name] for name in sorted(topics))


def _bible() -> str:
    asked = ["bible", "-f", "Genesis1:1-Revelation22:21"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return re.sub(r"(?m)^\w+:\d+ ", "", said)
