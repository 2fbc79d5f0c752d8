"""Polish: gradient steps from the closed form, held back by a penalty on leaving it.

The hidden layer is judged by its own targets, the label ciphers [T]; the output layer stays as it
was counted. So the problem is convex. (Through the output layer it is not: measured on the
household bench that learned worse, see docs/learning.md.)

What is trained is the difference from the closed form, D: U = P + D. With the penalty
ridge / 2 * |D|^2 this is regularised logistic regression that starts from, and is drawn towards,
naive Bayes. As D is kept apart from the counts, exchanges that come after the polish still move
the model through P. The embeddings are frozen, and all comparisons come from the cache [T].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .arrays import Floats
from .gradients import below_hidden, loss
from .lbfgs import descend
from .network import Batch, Seen, Weights, run, see

TRAINED = ("dense", "grams")
ATTENTION = ("block", "radial")
_STEPS_TO_JUDGE = 3
_WORTH_A_STEP = 2e-3  # share of the loss; steps that bring less change no held-out answer


@dataclass(frozen=True)
class Task:
    """What there is to polish on.

    base: the closed form of every layer.
    batch: n exchanges.
    targets: (n, hidden), what the hidden layer should say; rows sum to one.
    importance: (n,), non-negative.
    correction: (n, hidden), the prior, and what leaves each exchange out of its own closed form.
    cache: C = E E^T.
    """

    base: Weights
    batch: Batch
    targets: Floats
    importance: Floats
    correction: Floats
    cache: Floats


def nothing(base: Weights) -> Weights:
    """The difference from the closed form before any step: zeros."""
    return Weights(*(np.zeros_like(each) for each in base))


def plus(base: Weights, difference: Weights) -> Weights:
    """Weights and difference added."""
    return Weights(*(left + right for left, right in zip(base, difference, strict=True)))


def polish(
    task: Task, ridge: float, attend: bool, start: Weights | None = None
) -> Iterator[Weights]:
    """Differences from the closed form, each with a lower penalised loss than the one before.

    Ends where the last few steps brought hardly anything. As the problem is convex (with
    attention frozen), the start decides how soon the bottom is reached, not where it is.

    Args:
        ridge: weighs half the squared difference.
        attend: whether attention weights move too.
        start: a difference to start from, such as one that fitted fewer exchanges; None for none.
    """
    names = TRAINED + ATTENTION if attend else TRAINED
    seen = None if attend else see(task.batch, *task.base[:3], task.cache)

    def objective(vector: Floats) -> tuple[float, Floats]:
        weights = plus(task.base, _unpacked(vector, task.base, names))
        done = run(weights, task.batch, task.cache, task.correction, seen)
        upwards = (done.hidden - task.targets) * task.importance[:, None]
        slope = below_hidden(weights, task.batch, done, upwards, attend)
        value = loss(done.hidden, task.targets, task.importance)
        value += ridge / 2 * float(vector @ vector)
        return value, _packed(slope, names) + ridge * vector

    first = _packed(start or nothing(task.base), names)
    curvature = _packed(_curvature(task, seen), names) + ridge
    values = [float("inf")] * _STEPS_TO_JUDGE
    for point in descend(objective, first, curvature):
        yield _unpacked(point.vector, task.base, names)
        if values[-_STEPS_TO_JUDGE] < point.value * (1 + _STEPS_TO_JUDGE * _WORTH_A_STEP):
            return
        values.append(point.value)


def _curvature(task: Task, seen: Seen | None) -> Weights:
    """How steeply the loss bends along each weight, at most: sum importance * x^2 / 4.

    A softmax bends by p (1 - p), which is never more than 1/4 (Boehning 1992). Attention weights
    are taken to bend as much as the mean of the others [O].
    """
    seen = seen or see(task.batch, *task.base[:3], task.cache)
    bend = np.repeat(task.importance[:, None] / 4, task.targets.shape[1], axis=1)
    dense = (seen[2] ** 2).T @ bend
    grams = task.batch.grams.squared().transposed_times(bend, len(task.base.grams))
    like = nothing(task.base)
    mean = float(dense.mean())
    return like._replace(
        block=like.block + mean, radial=like.radial + mean, dense=dense, grams=grams
    )


def _packed(weights: Weights, names: tuple[str, ...]) -> Floats:
    return np.concatenate([getattr(weights, name).ravel() for name in names])


def _unpacked(vector: Floats, like: Weights, names: tuple[str, ...]) -> Weights:
    parts = {}
    start = 0
    for name in names:
        shape = getattr(like, name).shape
        end = start + int(np.prod(shape))
        parts[name] = vector[start:end].reshape(shape)
        start = end
    return nothing(like)._replace(**parts)
