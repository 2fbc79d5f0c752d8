"""The closed form of a softmax layer: its weights from counts, without a gradient step [T].

For inputs x >= 0 and targets y that are distributions:

    F[d, i] = sum_n x_n[d] y_n[i]                               what was there together
    P[d, i] = log F[d, i] - ((K - 1) / K) log sum_d' F[d', i]
    softmax(P^T x) is the prediction

K is the number of unit-norm features, in general the mean L1 norm of x. It is naive Bayes: log F
minus the logarithm of the column sum is log p(feature | target); (K - 1) / K instead of 1 lets the
K features together count the prior once instead of K times [D]. The column sum runs over the
inputs, for each target; sums over the targets would cancel in the softmax. Dividing the column
sums by their total t changes every logit of an input by the same amount, so c / t serves as well.
Source: Williams & Zhao, "Reducing the need for backpropagation and discovering better optima with
explicit optimizations of neural networks" (arXiv 2311.07498).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .arrays import Floats
from .attention import Attended

_TINY = 1e-9


class Smoothing(NamedTuple):
    """What is added to F, spread over the targets by their share c_i / t [O].

    The talk is silent about smoothing, and without it rare inputs speak with infinite force.

    shrinkage: times the input's own mass r_d, so the first sight of an input is half believed.
    doubt: mass that is added to every input, so an input that was never seen says only the prior.
    """

    shrinkage: float
    doubt: float


def closed_form(mass: Floats, per_target: Floats, features: float, smoothing: Smoothing) -> Floats:
    """P for some or all inputs of a layer.

    Args:
        mass: (inputs, targets), rows of F.
        per_target: c, sum of F over all inputs of the layer: (targets,).
        features: K, at least 1.
        smoothing: F += (shrinkage * r + doubt) c / t, r the row sum and t the total.

    Returns:
        (inputs, targets).
    """
    return closed_form_given(mass, log_share(per_target), features, smoothing)


def closed_form_given(mass: Floats, share: Floats, features: float, smoothing: Smoothing) -> Floats:
    """The same for a given log c / t: (targets,), or one for each row of ``mass``."""
    added = smoothing.shrinkage * mass.sum(axis=-1, keepdims=True) + smoothing.doubt
    return np.asarray(np.log(mass + added * np.exp(share)) - (features - 1) / features * share)


def log_share(per_target: Floats) -> Floats:
    """log c / t: the prior of the targets; a target never seen gets a tiny share."""
    known = per_target + _TINY
    return np.asarray(np.log(known / known.sum(axis=-1, keepdims=True)))


def hidden_attention(done: Attended, upwards: Floats) -> Floats:
    """The attention that would have served the next layer better [D].

    tau_j ~ a_j exp(s_j) with s_j = x_j . g, where g is the direction in which the next layer
    wants its input to move: g = U (t - H) for targets t and answer H. Where tau = a nothing is
    left to gain, which is the differential criterion of the paper.

    Args:
        done: attention of a group, contexts of length m.
        upwards: g, (contexts, width).

    Returns:
        tau, (contexts, m), rows sum to one.
    """
    gain = np.einsum("gmd,gd->gm", done.vectors, upwards)
    wanted = done.attention * np.exp(gain - gain.max(axis=1, keepdims=True))
    return np.asarray(wanted / wanted.sum(axis=1, keepdims=True))


def attention_weights(
    groups: Sequence[Attended],
    wanted: Sequence[Floats],
    size: int,
    smoothing: Smoothing,
) -> Floats:
    """W from F_W = sum q (x) tau, with K the mean L1 norm of the comparisons q [D].

    Args:
        groups: attention of each group of equal length.
        wanted: tau of each group.
        size: b; W is (b, b) and shorter contexts count in its leading submatrix.
    """
    mass = np.zeros((size, size))
    contexts, norm = 0, 0.0
    for done, tau in zip(groups, wanted, strict=True):
        length = tau.shape[1]
        mass[:length, :length] += done.compared.T @ tau
        contexts += len(tau)
        norm += float(done.compared.sum())
    features = max(1.0, norm / max(contexts, 1))
    return closed_form(mass, mass.sum(axis=0), features, smoothing)
