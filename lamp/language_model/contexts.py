"""The contexts of a pivot: which tokens each part of the model looks at [T].

The pivot is the latest token. *Block*: from the start of the current block (here: the utterance)
to the pivot. *Radial*: the last few tokens of the dialogue, newest first, whatever block they are
in. *Document*: everything, as a mean without attention. The contexts are concatenated, not added,
so the next layer can tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .arrays import Ints


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


@dataclass(frozen=True)
class SameLength:
    """Contexts of equal length from a batch, so that nothing has to be padded.

    rows: (g,), which examples of the batch these are.
    tokens: (g, m), their token ids.
    """

    rows: Ints
    tokens: Ints


def by_length(sequences: Sequence[Ints]) -> list[SameLength]:
    """A batch cut into groups of equal length, shortest first."""
    lengths = np.array([len(each) for each in sequences])
    groups = []
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        groups.append(SameLength(rows, np.stack([sequences[row] for row in rows.tolist()])))
    return groups
