"""Free text for next-token prediction.

*manual*: ``pydoc_data.topics``, the manual that every Python carries (Python Software Foundation
licence), 80,000 words. *bible*: the King James Version (public domain), 890,000 words with
punctuation, from the Debian packages ``bible-kjv`` and ``bible-kjv-text``
(``apt install bible-kjv``). *documents*: all ``.rst`` sources in the folders of LAMP_TEXTS, by
default those of the Debian packages ``python3.11-doc`` and ``linux-doc-6.1`` (Python Software
Foundation licence; GPL 2), some ten million words with punctuation. None is part of this
repository.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.embeddings import cipher_rows

VOCABULARY = 1000
TEXTS = "/usr/share/doc/python3.11/html/_sources:/usr/share/doc/linux-doc-6.1"
WORD = re.compile(r"[a-z']+|[.,;:()]")
BITS = 60  # of the one- and two-bit codes that 1000 tokens take


def has_bible() -> bool:
    """Whether the larger text is installed."""
    return shutil.which("bible") is not None


@lru_cache(2)
def tokens(name: str = "manual") -> Ints:
    """A text as ranks of its words: 0 is the most frequent, the last rank all rare ones."""
    if name == "documents":
        return _documents()
    words = WORD.findall((_bible() if name == "bible" else _manual()).lower())
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


def _documents() -> Ints:
    """File by file, twice: ten million words as strings would not fit a small memory."""
    counts: Counter[str] = Counter()
    for words in _files():
        counts.update(words)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    rank = {word: place for place, word in enumerate(ranked[: VOCABULARY - 1])}
    found = [
        np.fromiter((rank.get(word, VOCABULARY - 1) for word in words), np.int64)
        for words in _files()
    ]
    if not found:
        raise SystemExit("no texts: apt install python3.11-doc linux-doc-6.1, or set LAMP_TEXTS")
    return np.concatenate(found)


def _files() -> Iterator[list[str]]:
    """The words of each file, files in an order that is always the same and mixes the folders."""
    folders = os.environ.get("LAMP_TEXTS", TEXTS).split(":")
    paths = [path for folder in folders for path in Path(folder).rglob("*.rst*")]
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", errors="replace") as file:
            yield WORD.findall(file.read().lower())


def _manual() -> str:
    return " ".join(topics[name] for name in sorted(topics))


def _bible() -> str:
    asked = ["bible", "-f", "Genesis1:1-Revelation22:21"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return re.sub(r"(?m)^\w+:\d+ ", "", said)
