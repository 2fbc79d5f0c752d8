"""What a token is: its bit cipher, and for each radius the mean cipher of its company [T].

The parts stand beside each other, each a distribution, so that an embedding has as many features
of norm one as parts. The talk divides by their number; then the closed form reads them as one
feature, an average of what each part says, and is worse by far (docs/science.md): K counts what
is independent, so the parts are left whole.

>>> rows = embed(np.array([0, 1, 0, 2, 0, 1]), vocabulary=3, bits=2, radii=(1,))
>>> rows.round(2).tolist()
[[1.0, 0.0, 0.1, 0.9], [0.0, 1.0, 1.0, 0.0], [0.5, 0.5, 1.0, 0.0]]
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.science.saffu.contexts import Singles
from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.embeddings import cipher_rows, cooccurrence_rows, neighbour_counts


def embed(
    text: Ints, vocabulary: int, bits: int, radii: Sequence[int], codes: Floats | None = None
) -> Singles:
    """E, (vocabulary, bits * (1 + radii)), rows of norm 1 + radii.

    Args:
        text: ranks of words; 0 is the most frequent.
        codes: other codes in place of the bit ciphers, (vocabulary, bits).
    """
    rows = cipher_rows(vocabulary, bits) if codes is None else codes
    company = (neighbour_counts([text], vocabulary, radius) for radius in radii)
    parts = [rows, *(cooccurrence_rows(rows, counts) for counts in company)]
    return np.concatenate(parts, axis=1).astype(np.float32)


def random_codes(vocabulary: int, bits: int, rng: np.random.Generator) -> Floats:
    """Distributions over bits without any order: each token one or two bits, drawn at random."""
    rows = np.zeros((vocabulary, bits))
    for row in rows:
        chosen = rng.choice(bits, size=int(rng.integers(1, 3)), replace=False)
        row[chosen] = 1 / len(chosen)
    return rows
