"""Bit ciphers and co-occurrence ciphers: what a token is, counted, never trained [T].

A *bit cipher* is a code of few bits, the shortest codes for the most frequent tokens. With b bits
the b most frequent tokens are one-hot; then come the codes of two bits, and so on, 2^b - 1 in all.
Divided by the number of its bits a code is a distribution over bits:

>>> list(codes(3))
[(0,), (1,), (2,), (1, 2), (0, 2), (0, 1), (0, 1, 2)]
>>> cipher_rows(4, 3).tolist()
[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.5, 0.5]]

A *co-occurrence cipher* is the mean cipher of a token's neighbours: tokens in the same company get
alike rows. Token 0 stands beside 1, 1 and 2 here:

>>> documents = [np.array([1, 0, 1]), np.array([0, 2])]
>>> cooccurrence_rows(np.eye(3), neighbour_counts(documents, 3, radius=1))[0].round(2).tolist()
[0.0, 0.67, 0.33]

The embedding E[t] is both beside each other, divided by the number of parts, so that it still sums
to one. Source: Williams & Zhao, "Explicit foundation model optimization with self-attentive
feed-forward neural units" (arXiv 2311.07510).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .arrays import Floats, Ints

Code = tuple[int, ...]


def codes(bits: int) -> Iterator[Code]:
    """All codes of ``bits`` bits in the order in which ranked tokens receive them [C].

    S_1 = {0}, {1}, ... ; S_k adds bit i = b-1 .. 0 to the members of S_(k-1), last member first,
    unless the bit is in it already or the code exists. Each code is a sorted tuple of bits.
    """
    level: list[Code] = [(bit,) for bit in range(bits)]
    while level:
        yield from level
        longer: dict[Code, None] = {}  # a set that remembers the order
        for bit in reversed(range(bits)):
            for code in reversed(level):
                if bit not in code:
                    longer.setdefault(tuple(sorted((*code, bit))))
        level = list(longer)


def capacity(bits: int) -> int:
    """How many tokens ``bits`` bits can tell apart."""
    return int(2**bits - 1)


def cipher_rows(tokens: int, bits: int) -> Floats:
    """The rows of the first ``tokens`` codes.

    Returns:
        (tokens, bits), non-negative, every row sums to 1.

    Raises:
        ValueError: more tokens than ``bits`` bits can tell apart.
    """
    if tokens > capacity(bits):
        raise ValueError(f"{bits} bits tell {capacity(bits)} tokens apart, not {tokens}")
    rows = np.zeros((tokens, bits))
    for row, code in zip(rows, codes(bits), strict=False):
        row[list(code)] = 1 / len(code)
    return rows


def label_ciphers(actions: int) -> Floats:
    """The hidden layer's targets: the bit cipher of each action's index [T].

    With as many bits as actions each action has a unit of its own: (actions, actions), one-hot.
    """
    return cipher_rows(actions, actions)


def ranked_ciphers(tokens: Sequence[str], documents: Sequence[Ints], bits: int) -> Floats:
    """A cipher for each token: the more frequent, the shorter its code; ties by text [O].

    Token 0, ``<unk>``, is in no document and ranks last, with a code of its own [O].

    Returns:
        (tokens, bits).
    """
    counts = np.bincount(np.concatenate([*documents, np.zeros(0, np.int64)]), minlength=len(tokens))
    order = sorted(range(1, len(tokens)), key=lambda token: (-counts[token], tokens[token]))
    rows = np.zeros((len(tokens), bits))
    rows[[*order, 0]] = cipher_rows(len(tokens), bits)
    return rows


def neighbour_counts(documents: Sequence[Ints], vocabulary: int, radius: int) -> Floats:
    """How often each token stands at distance 1..radius of each other, within a document.

    Returns:
        (vocabulary, vocabulary), symmetric.
    """
    counts = np.zeros(vocabulary * vocabulary)
    if not documents:
        return counts.reshape(vocabulary, vocabulary)
    tokens = np.concatenate(documents)
    # Distance d pairs token i with token i + d; a pair across two documents does not count.
    document_of = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    for distance in range(1, radius + 1):
        together = document_of[:-distance] == document_of[distance:]
        # A pair of ids is one number, so that all pairs are counted in one go.
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
