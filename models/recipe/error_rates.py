"""Error rates of scores, and the logistic regression that makes a score of several."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def equal_error(same: Floats, other: Floats) -> float:
    """Where as many of the same are missed as others let in."""
    limits = np.sort(np.concatenate([same, other]))
    lost = np.searchsorted(np.sort(same), limits) / len(same)
    let_in = 1 - np.searchsorted(np.sort(other), limits) / len(other)
    at = int(np.argmin(np.abs(lost - let_in)))
    return float(lost[at] + let_in[at]) / 2


def missed(same: Floats, talk: Floats, let_in: float) -> float:
    """Share of the same that is missed where this share of talk is let in."""
    return float(np.mean(same <= np.quantile(talk, 1 - let_in)))


def logistic(
    inputs: Floats, same: NDArray[np.bool_], rounds: int = 40, ridge: float = 1e-4
) -> Floats:
    """Newton's method; both classes weigh the same, together one."""
    weigh = np.where(same, 0.5 / same.mean(), 0.5 / (1 - same.mean())) / len(same)
    weights = np.zeros(inputs.shape[1])
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (weigh * (chance - same)) + ridge * weights
        bend = (inputs * (weigh * chance * (1 - chance))[:, None]).T @ inputs
        weights -= np.linalg.solve(bend + ridge * np.eye(len(weights)), slope)
    return weights
