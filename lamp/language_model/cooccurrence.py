"""Co-occurrence ciphers: what a token means, told by the company it keeps [T].

S_r[t] is the sum of the cipher rows of all tokens that stand within distance r of t, normalised
to sum one. The embedding of a token is its own row beside these, E[t] = [B | S_r1 | S_r2 ...],
divided by the number of parts so that it still sums to one. They are counted, not trained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import Floats, Ints


def neighbour_counts(documents: Sequence[Ints], vocabulary: int, radius: int) -> Floats:
    """How often each token stands at distance 1..radius of each other, within a document.

    Returns:
        (vocabulary, vocabulary), symmetric.
    """
    counts = np.zeros(vocabulary * vocabulary)
    if not documents:
        return counts.reshape(vocabulary, vocabulary)
    tokens = np.concatenate(documents)
    document = np.repeat(np.arange(len(documents)), [len(each) for each in documents])
    for distance in range(1, radius + 1):
        together = document[:-distance] == document[distance:]
        pairs = tokens[:-distance][together] * vocabulary + tokens[distance:][together]
        counts += np.bincount(pairs, minlength=vocabulary * vocabulary)
    square = counts.reshape(vocabulary, vocabulary)
    return np.asarray(square + square.T)


def cooccurrence_rows(ciphers: Floats, counts: Floats) -> Floats:
    """S_r: the ciphers of the neighbours, summed and normalised.

    A token that never had a neighbour keeps its own cipher [O].

    Args:
        ciphers: (vocabulary, bits).
        counts: (vocabulary, vocabulary), from :func:`neighbour_counts`.

    Returns:
        (vocabulary, bits), every row sums to 1.
    """
    rows = counts @ ciphers
    alone = rows.sum(axis=1) == 0
    rows[alone] = ciphers[alone]
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def embeddings(ciphers: Floats, documents: Sequence[Ints], radii: Sequence[int]) -> Floats:
    """E = [B | S_r1 | S_r2 ...] / (1 + number of radii).

    Returns:
        (vocabulary, bits * (1 + number of radii)), every row sums to 1.
    """
    parts = [ciphers]
    for radius in radii:
        counts = neighbour_counts(documents, len(ciphers), radius)
        parts.append(cooccurrence_rows(ciphers, counts))
    return np.concatenate(parts, axis=1) / len(parts)
