"""The closed form of a softmax layer: its weights from counts, without a gradient step [T].

For inputs x >= 0 and targets y that are distributions:

    F[d, i] = sum_n x_n[d] y_n[i]                               what was there together
    P[d, i] = log F[d, i] - ((K - 1) / K) log sum_d' F[d', i]
    softmax(P^T x) is the prediction

K is the number of unit-norm features, in general the mean L1 norm of x. It is naive Bayes: log F
minus the logarithm of the column sum is log p(feature | target); (K - 1) / K instead of 1 lets the
K features together count the prior once instead of K times [D]. Twelve exchanges with two features
of two values each, the target 8 times *a* and 4 times *b*:

>>> from lamp.language_model.arrays import softmax
>>> F = np.array([[6.0, 1.0], [2.0, 3.0], [4.0, 1.0], [4.0, 3.0]])
>>> barely = Smoothing(relative=0.0, pseudo_count=1e-9)
>>> P = closed_form(F, log_share(F.sum(axis=0)), features=2, smoothing=barely)
>>> softmax(np.array([1.0, 0.0, 1.0, 0.0]) @ P).round(3).tolist()
[0.923, 0.077]
>>> bayes = 8 / 12 * 6 / 8 * 4 / 8, 4 / 12 * 1 / 4 * 1 / 4
>>> round(bayes[0] / sum(bayes), 3)
0.923

Source: Williams & Zhao, "Reducing the need for backpropagation and discovering better optima with
explicit optimizations of neural networks" (arXiv 2311.07498).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .arrays import Floats
from .contexts import Attended, SameLength

_TINY = 1e-9
_SLIP = 0.02  # how often the hidden layer is believed to be wrong before anything is known


class Smoothing(NamedTuple):
    """What is added to F, spread over the targets by their share c_i / t [O].

    The talk is silent about smoothing, and without it rare inputs speak with infinite force.

    relative: times the input's own mass r_d, so the first sight of an input is half believed.
    pseudo_count: mass added to every input, so one that was never seen says only the prior.
    """

    relative: float
    pseudo_count: float


def closed_form(mass: Floats, share: Floats, features: float, smoothing: Smoothing) -> Floats:
    """P for some or all inputs of a layer.

    The column sums come as shares of their total t: dividing them all by t changes every logit of
    an input by the same amount, which cancels in the softmax.

    Args:
        mass: (inputs, targets), rows of F.
        share: log c / t from :func:`log_share`: (targets,), or one for each row of ``mass``.
        features: K, at least 1.
        smoothing: F += (relative * r + pseudo_count) c / t, r the row sum.

    Returns:
        (inputs, targets).
    """
    added = smoothing.relative * mass.sum(axis=-1, keepdims=True) + smoothing.pseudo_count
    return np.asarray(np.log(mass + added * np.exp(share)) - (features - 1) / features * share)


def log_share(per_target: Floats) -> Floats:
    """log c / t: the prior of the targets; a target never seen gets a tiny share."""
    known = per_target + _TINY
    return np.asarray(np.log(known / known.sum(axis=-1, keepdims=True)))


def output_layer(hidden: Floats, targets: Floats, ciphers: Floats, prior: float) -> Floats:
    """O = log sum H (x) y, the closed form for one unit-norm feature (K = 1) [T].

    The hidden layer is believed to be right nearly always; the counts weigh little beside that,
    for before the refinement it is far from sure of itself, and an output layer that took it at
    its word would flatten every answer [O].

    Args:
        hidden: H, (n, units), each exchange left out of its own closed form.
        targets: y times the importance of the exchange, (n, actions).
        ciphers: (actions, units), the label ciphers.
        prior: how much more that belief weighs than the counts.

    Returns:
        (units, actions).
    """
    # log (counts + prior * belief): Dirichlet smoothing with a strong opinion.
    belief = ciphers.T * (1 - _SLIP) + _SLIP / len(ciphers)
    mass = max(float(targets.sum()), 1.0)
    return np.asarray(np.log(hidden.T @ targets / mass + prior * belief))


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
    groups: Sequence[tuple[SameLength, Attended]],
    upwards: Floats,
    size: int,
    smoothing: Smoothing,
) -> Floats:
    """W from F_W = sum q (x) tau, with K the mean L1 norm of the comparisons q [D].

    Args:
        groups: what attention did so far, by length.
        upwards: g for each context of the batch, (n, width).
        size: b; W is (b, b) and shorter contexts count in its leading submatrix.
    """
    mass = np.zeros((size, size))
    contexts, norm = 0, 0.0
    for group, done in groups:
        length = group.tokens.shape[1]
        # q is the input and tau the target: row i, how much attention followed likeness at i.
        mass[:length, :length] += done.compared.T @ hidden_attention(done, upwards[group.rows])
        contexts += len(group.rows)
        norm += float(done.compared.sum())
    features = max(1.0, norm / max(contexts, 1))
    return closed_form(mass, log_share(mass.sum(axis=0)), features, smoothing)
