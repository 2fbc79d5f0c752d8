"""The network: three contexts and the n-grams, a hidden softmax layer, an output softmax layer.

    h_block, h_radial = attention over embeddings       h_document = mean embedding
    H = softmax(U^T [h_block | h_radial | h_document | n-grams])       targets: label ciphers
    p = softmax(O^T H)                                                 targets: actions

U is kept in two parts, one for the dense contexts and one for the sparse n-grams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .arrays import Floats
from .attention import Attended, attend, cached_comparisons, comparisons
from .contexts import Contexts, SameLength, by_length
from .softmax import softmax
from .sparse import SparseRows

BLOCK_PIVOT = -1  # the block context ends with the pivot
RADIAL_PIVOT = 0  # the radial context begins with it


class Weights(NamedTuple):
    """All weights, or a gradient with respect to them. w is the width of an embedding.

    embeddings: E, (vocabulary, w).
    block: W of the block context, (b, b).
    radial: W of the radial context, (r, r).
    dense: U for [h_block | h_radial | h_document], (3 w, hidden).
    grams: U for the n-grams, (n-grams, hidden).
    output: O, (hidden, actions).
    """

    embeddings: Floats
    block: Floats
    radial: Floats
    dense: Floats
    grams: Floats
    output: Floats


@dataclass(frozen=True)
class Batch:
    """Inputs of n exchanges.

    block, radial: contexts, grouped by length.
    document: (n, vocabulary), each row the share of every token.
    grams: (n, n-grams).
    """

    block: list[SameLength]
    radial: list[SameLength]
    document: SparseRows
    grams: SparseRows

    @classmethod
    def of(cls, contexts: Sequence[Contexts], grams: SparseRows) -> Batch:
        """From the contexts of each exchange."""
        documents = [
            (each.document, np.full(len(each.document), 1 / len(each.document)))
            for each in contexts
        ]
        return cls(
            by_length([each.block for each in contexts]),
            by_length([each.radial for each in contexts]),
            SparseRows.stack(documents),
            grams,
        )

    def __len__(self) -> int:
        return len(self.grams.starts) - 1


@dataclass(frozen=True)
class Pass:
    """One run through the network, with all that the gradient needs.

    block, radial: attention per group of equal length.
    dense: [h_block | h_radial | h_document], (n, 3 w).
    hidden: H, (n, hidden).
    answer: p, (n, actions).
    """

    block: list[Attended]
    radial: list[Attended]
    dense: Floats
    hidden: Floats
    answer: Floats


def attend_groups(
    groups: Sequence[SameLength],
    weights: Floats,
    embeddings: Floats,
    pivot: int,
    cache: Floats | None,
) -> list[Attended]:
    """Attention for every group, with comparisons from ``cache`` if there is one."""
    done = []
    for group in groups:
        vectors = embeddings[group.tokens]
        if cache is None:
            compared = comparisons(vectors, pivot)
        else:
            compared = cached_comparisons(cache, group.tokens, pivot)
        done.append(attend(weights, vectors, compared))
    return done


def in_order(groups: Sequence[SameLength], done: Sequence[Attended], width: int) -> Floats:
    """The outputs h of all groups in the order of the batch: (n, width)."""
    output = np.zeros((sum(len(group.rows) for group in groups), width))
    for group, attended in zip(groups, done, strict=True):
        output[group.rows] = attended.output
    return output


Seen = tuple[list[Attended], list[Attended], Floats]


def see(
    batch: Batch, embeddings: Floats, block: Floats, radial: Floats, cache: Floats | None
) -> Seen:
    """The dense contexts: block and radial attention, and all three concatenated (n, 3 w)."""
    width = embeddings.shape[1]
    near = attend_groups(batch.block, block, embeddings, BLOCK_PIVOT, cache)
    around = attend_groups(batch.radial, radial, embeddings, RADIAL_PIVOT, cache)
    dense = [
        in_order(batch.block, near, width),
        in_order(batch.radial, around, width),
        batch.document.times(embeddings),
    ]
    return near, around, np.concatenate(dense, axis=1)


def run(
    weights: Weights,
    batch: Batch,
    cache: Floats | None = None,
    correction: Floats | float = 0.0,
    seen: Seen | None = None,
) -> Pass:
    """All n exchanges through the network.

    Args:
        cache: C = E E^T if the embeddings are frozen, else None.
        correction: added to the hidden logits, (n, hidden): the prior, and what leaves each
            exchange out of its own closed form; see counts.py.
        seen: what :func:`see` gave for the same embeddings and attention weights, to save time
            while those are frozen.
    """
    if seen is None:
        seen = see(batch, weights.embeddings, weights.block, weights.radial, cache)
    near, around, dense = seen
    hidden = softmax(dense @ weights.dense + batch.grams.times(weights.grams) + correction)
    return Pass(near, around, dense, hidden, softmax(hidden @ weights.output))
