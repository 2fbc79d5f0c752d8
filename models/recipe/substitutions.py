"""Which symbols the model writes for one another in two takes of the same words.

Pairs of takes are aligned, what stands together is counted, and the counts make the ratios with
which they are aligned again (Viterbi training). The first ratios say that most symbols are
written the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lamp.similarity.alignment import matched
from lamp.similarity.features import Floats

ROUNDS = 3
SAME_SYMBOL = 0.7  # share of symbols that are written the same in the other take, at first
BY_CHANCE = 20.0  # pairs of slots as if counted already, at their chance


def substitutions(pairs: Sequence[tuple[Floats, Floats]], gap: float) -> Floats:
    """P(a, b | same words) / (P(a) P(b)), shape [columns, columns].

    Args:
        pairs: two takes of the same words, each [slots, columns].
        gap: nats that a slot without a partner costs.
    """
    often = 1 + np.sum([one.sum(axis=0) + other.sum(axis=0) for one, other in pairs], axis=0)
    often = often / often.sum()
    ratios = _ratios((1 - SAME_SYMBOL) * np.outer(often, often) + SAME_SYMBOL * np.diag(often))
    for _ in range(ROUNDS):
        together = BY_CHANCE * np.outer(often, often)
        for one, other in pairs:
            for mine, theirs in matched(one, other, ratios, gap):
                both = np.outer(one[mine], other[theirs])
                together += both + both.T
        ratios = _ratios(together)
    return ratios


def _ratios(together: Floats) -> Floats:
    """Of counts of pairs; every symbol's are above zero."""
    shares = together / together.sum()
    alone = shares.sum(axis=0)
    return np.asarray(shares / np.outer(alone, alone), np.float32)
