"""The contexts of a pivot, and the self-attention that makes each of them one vector [T].

The pivot is the latest token. *Block*: from the start of the utterance to the pivot. *Radial*: the
last few tokens of the dialogue, newest first. *Document*: everything, as a mean without attention.
They are concatenated, not added, so that the next layer can tell them apart.

>>> around = contexts_of(before=[7], utterance=np.array([1, 2, 3]), block=2, radial=3)
>>> around.block.tolist(), around.radial.tolist(), around.document.tolist()
([2, 3], [3, 2, 1], [7, 1, 2, 3])

Attention over a context of m tokens with pivot p, X = E[tokens]:

    q = X x_p                       how alike each token is to the pivot; all q >= 0
    a = softmax(W[:m, :m]^T q)      W is b x b; a shorter context uses its leading submatrix
    h = X^T a                       the context as one vector; its entries sum to one

Queries, keys and values have no matrices of their own. And while the embeddings are frozen, all
comparisons there can ever be are in one table, C = E E^T: q is looked up, not computed. Two tokens,
the second is the pivot, and a W that turns likeness into attention:

>>> E = np.array([[1.0, 0.0], [0.5, 0.5]])
>>> q = cached_comparisons(comparison_cache(E), np.array([[0, 1]]), pivot=-1)
>>> q.tolist()
[[0.5, 0.5]]
>>> done = attend(np.diag([0.0, 2.0]), E[[[0, 1]]], q)
>>> done.attention.round(2).tolist(), done.output.round(2).tolist()
([[0.27, 0.73]], [[0.63, 0.37]])

Source: Williams & Zhao, arXiv 2311.07510 and 2311.11012.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints, softmax
from .features import SparseRows

BLOCK_PIVOT = -1  # the block context ends with the pivot
RADIAL_PIVOT = 0  # the radial context begins with it


class Contexts(NamedTuple):
    """Token ids around one pivot.

    block: oldest first, ending with the pivot.
    radial: newest first, beginning with the pivot.
    document: all tokens, oldest first.
    """

    block: Ints
    radial: Ints
    document: Ints


def contexts_of(before: Sequence[int], utterance: Ints, block: int, radial: int) -> Contexts:
    """The contexts of the last token of ``utterance``.

    Args:
        before: ids that stand before the utterance, oldest first.
        utterance: ids of the utterance, at least one.
        block, radial: most tokens of either context.
    """
    document = np.concatenate([np.array(before, dtype=np.int64), utterance])
    return Contexts(utterance[-block:], document[::-1][:radial], document)


class SameLength(NamedTuple):
    """Contexts of equal length from a batch, so that nothing has to be padded.

    rows: (g,), which examples of the batch these are.
    tokens: (g, m), their token ids.
    """

    rows: Ints
    tokens: Ints


def by_length(sequences: Sequence[Ints]) -> list[SameLength]:
    """A batch cut into groups of equal length, shortest first."""
    lengths = np.array([len(sequence) for sequence in sequences])
    groups = []
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        groups.append(SameLength(rows, np.stack([sequences[row] for row in rows.tolist()])))
    return groups


def comparison_cache(embeddings: Floats) -> Floats:
    """C = E E^T: (vocabulary, vocabulary), every comparison of two tokens."""
    return np.asarray(embeddings @ embeddings.T)


def cached_comparisons(cache: Floats, tokens: Ints, pivot: int) -> Floats:
    """q by lookup: (g, m) for ``tokens`` (g, m) with the pivot in column ``pivot``."""
    return np.asarray(cache[tokens, tokens[:, pivot][:, None]])


@dataclass(frozen=True)
class Attended:
    """What attention did with a group of contexts, kept for the closed form of W.

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


class Attention(NamedTuple):
    """W of the block context, (block, block), and of the radial context, (radial, radial)."""

    block: Floats
    radial: Floats


class ContextFeatures(NamedTuple):
    """A batch of n contexts as vectors.

    dense: [h_block | h_radial | h_document], (n, 3 w).
    block, radial: the groups, and what attention did with each.
    """

    dense: Floats
    block: list[tuple[SameLength, Attended]]
    radial: list[tuple[SameLength, Attended]]


def context_features(
    contexts: Sequence[Contexts], embeddings: Floats, cache: Floats, weights: Attention
) -> ContextFeatures:
    """All n contexts through attention, and the mean of the document beside it.

    Args:
        embeddings: E, (vocabulary, w).
        cache: C = E E^T.
    """
    blocks, radials, documents = zip(*contexts, strict=True)
    width = embeddings.shape[1]
    dense = np.empty((len(contexts), 3 * width))

    def attended(
        sequences: Sequence[Ints], matrix: Floats, pivot: int, output: Floats
    ) -> list[tuple[SameLength, Attended]]:
        groups = []
        # One product for all contexts of a length; each result goes to its row of the batch.
        for group in by_length(sequences):
            compared = cached_comparisons(cache, group.tokens, pivot)
            done = attend(matrix, embeddings[group.tokens], compared)
            output[group.rows] = done.output
            groups.append((group, done))
        return groups

    block = attended(blocks, weights.block, BLOCK_PIVOT, dense[:, :width])
    radial = attended(radials, weights.radial, RADIAL_PIVOT, dense[:, width : 2 * width])
    shares = [(tokens, np.full(len(tokens), 1 / len(tokens))) for tokens in documents]
    dense[:, 2 * width :] = SparseRows.stack(shares).times(embeddings)
    return ContextFeatures(dense, block, radial)
