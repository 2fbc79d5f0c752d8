"""Bit ciphers: a code of few bits for every token, the shortest codes for the most frequent.

A token's code is a set of bits. With b bits there are b codes of one bit (the b most frequent
tokens are one-hot), then those of two bits, and so on: 2^b - 1 in all. The row of a token is its
code divided by the number of its bits, so rows are non-negative and sum to one: a token is a
distribution over bits. Source: Williams & Zhao, "Explicit foundation model optimization with
self-attentive feed-forward neural units" (arXiv 2311.07510); the order of the codes is that of
the author's published code [C].
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .arrays import Floats

Code = tuple[int, ...]


def codes(bits: int) -> Iterator[Code]:
    """All codes of ``bits`` bits in the order in which ranked tokens receive them [C].

    S_1 = {0}, {1}, ... ; S_k adds bit i = b-1 .. 0 to the members of S_(k-1), last member first,
    unless the bit is in it already or the code exists. Each code is a sorted tuple of bits.
    """
    level: list[Code] = [(bit,) for bit in range(bits)]
    while level:
        yield from level
        longer: dict[Code, None] = {}
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
