"""Two utterances slot by slot: which belong together, and which one has more than the other.

Needleman and Wunsch's alignment (1970) of soft slots. A matched pair scores the logarithm of how
much likelier its symbols stand together in two takes of the same words than by chance; a slot
without a partner costs a gap. Both count as much as the slot is really there.

>>> certain = np.eye(2, dtype=np.float32)  # two slots, two symbols
>>> bank = certain[None], np.array([2])
>>> ratios = np.array([[2.0, 0.1], [0.1, 2.0]], np.float32)
>>> aligned(certain, *bank, ratios, gap=1.5).astype(float).round(2).tolist()  # 2 log 2
[1.39]
>>> alone = aligned(certain[:1], *bank, ratios, gap=1.5)
>>> alone.astype(float).round(2).tolist()  # log 2, and a gap
[-0.81]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lamp.similarity.features import Floats

_LEAST = 1e-4  # of a ratio: the logarithm of a chance that was never seen


def aligned(
    one: Floats, others: Floats, lengths: NDArray[np.int64], ratios: Floats, gap: float
) -> Floats:
    """The best alignment's score with each of many utterances, in nats.

    Args:
        one: [slots, columns].
        others: [n, most slots, columns], padded with zeros.
        lengths: [n], slots of each that are not padding.
        ratios: [columns, columns], P(a, b | same words) / (P(a) P(b)).
        gap: nats that a slot without a partner costs.

    Returns:
        [n].
    """
    match, mine, theirs = _scores(one, others, ratios)
    best = _best(match, gap * mine, gap * theirs)
    return np.asarray(best[np.arange(len(lengths)), len(one), lengths])


def matched(one: Floats, other: Floats, ratios: Floats, gap: float) -> list[tuple[int, int]]:
    """Which slots of two utterances the best alignment puts together, in the order of time.

    Args:
        one: [slots, columns].
        other: [slots, columns].
        ratios, gap: as for :func:`aligned`.
    """
    match, mine, theirs = _scores(one, other[None], ratios)
    best = _best(match, gap * mine, gap * theirs)[0]
    found = []
    i, j = len(one), len(other)
    while i and j:
        both = best[i - 1, j - 1] + match[0, i - 1, j - 1]
        only_mine = best[i - 1, j] - gap * mine[i - 1]
        only_theirs = best[i, j - 1] - gap * theirs[0, j - 1]
        if both >= max(only_mine, only_theirs):
            i, j = i - 1, j - 1
            found.append((i, j))
        elif only_mine >= only_theirs:
            i -= 1
        else:
            j -= 1
    return found[::-1]


def _scores(one: Floats, others: Floats, ratios: Floats) -> tuple[Floats, Floats, Floats]:
    """Nats of each pair of slots, [n, slots, most slots]; how much of each slot is there."""
    mine = np.minimum(1, one.sum(axis=1))
    theirs = np.minimum(1, others.sum(axis=2))
    there = mine[None, :, None] * theirs[:, None, :]
    together = np.einsum("is,njs->nij", one @ ratios, others) / np.maximum(there, 1e-3)
    return np.log(np.maximum(together, _LEAST)) * np.sqrt(there), mine, theirs


def _best(match: Floats, gap_mine: Floats, gap_theirs: Floats) -> Floats:
    """Along anti-diagonals, all utterances at once: each cell needs only the two before it.

    Returns:
        [n, slots + 1, most slots + 1], the best score of each two beginnings.
    """
    count, rows, columns = match.shape
    best = np.zeros((count, rows + 1, columns + 1), np.float32)
    best[:, 1:, 0] = -np.cumsum(gap_mine)
    best[:, 0, 1:] = -np.cumsum(gap_theirs, axis=1)
    for diagonal in range(2, rows + columns + 1):
        i = np.arange(max(1, diagonal - columns), min(rows, diagonal - 1) + 1)
        j = diagonal - i
        both = best[:, i - 1, j - 1] + match[:, i - 1, j - 1]
        only_mine = best[:, i - 1, j] - gap_mine[i - 1]
        only_theirs = best[:, i, j - 1] - gap_theirs[:, j - 1]
        best[:, i, j] = np.maximum(both, np.maximum(only_mine, only_theirs))
    return best
