"""The modified self-attention of SAFFU [T], and its gradient.

A context of m tokens with pivot p, X = E[tokens]:

    q = X x_p                       how alike each token is to the pivot; all q >= 0
    a = softmax(W[:m, :m]^T q)      W is b x b; a shorter context uses its leading submatrix
    h = X^T a                       the context as one vector; its entries sum to one

Queries, keys and values have no matrices of their own: the comparisons q come from the embeddings
as they are. While the embeddings are frozen, all comparisons there can ever be are in one table,
C = E E^T, and q is looked up instead of computed.
Source: Williams & Zhao, arXiv 2311.07510 and 2311.11012.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .softmax import softmax, through_softmax


def comparison_cache(embeddings: Floats) -> Floats:
    """C = E E^T: (vocabulary, vocabulary), every comparison of two tokens."""
    return np.asarray(embeddings @ embeddings.T)


def cached_comparisons(cache: Floats, tokens: Ints, pivot: int) -> Floats:
    """q by lookup: (g, m) for ``tokens`` (g, m) with the pivot in column ``pivot``."""
    return np.asarray(cache[tokens, tokens[:, pivot][:, None]])


def comparisons(vectors: Floats, pivot: int) -> Floats:
    """q by computation: (g, m) for ``vectors`` (g, m, width)."""
    return np.asarray(np.einsum("gmd,gd->gm", vectors, vectors[:, pivot]))


@dataclass(frozen=True)
class Attended:
    """What attention did with a group of contexts, kept for the gradient.

    vectors: X, (g, m, width).
    compared: q, (g, m).
    attention: a, (g, m), rows sum to one.
    output: h, (g, width).
    """

    vectors: Floats
    compared: Floats
    attention: Floats
    output: Floats


def attend(weights: Floats, vectors: Floats, compared: Floats) -> Attended:
    """One attention context for a group of equal length.

    Args:
        weights: W, (b, b) with b >= m.
        vectors: X, (g, m, width).
        compared: q, (g, m).
    """
    length = compared.shape[1]
    attention = softmax(compared @ weights[:length, :length])
    output = np.einsum("gmd,gm->gd", vectors, attention)
    return Attended(vectors, compared, attention, np.asarray(output))


def gradient_of_logits(done: Attended, gradient: Floats) -> Floats:
    """dl = a * (da - <a, da>) with da = X dh: (g, m) from dh (g, width)."""
    return through_softmax(done.attention, np.einsum("gmd,gd->gm", done.vectors, gradient))


def gradient_of_weights(done: Attended, logits: Floats) -> Floats:
    """gW = q^T dl: (m, m), to be added to the leading submatrix."""
    return np.asarray(done.compared.T @ logits)


def gradient_of_vectors(
    done: Attended, weights: Floats, gradient: Floats, logits: Floats, pivot: int
) -> Floats:
    """dX, (g, m, width): through the mixture h, and through both sides of the comparisons q."""
    length = done.compared.shape[1]
    compared = logits @ weights[:length, :length].T
    vectors = done.attention[:, :, None] * gradient[:, None, :]
    vectors += compared[:, :, None] * done.vectors[:, pivot][:, None, :]
    vectors[:, pivot] += np.einsum("gm,gmd->gd", compared, done.vectors)
    return np.asarray(vectors)
