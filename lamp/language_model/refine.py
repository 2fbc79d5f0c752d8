"""The correction: logistic regression that starts from the closed form and is drawn towards it.

U = P + D. The closed form P comes from the counts; what is learned here is the difference D, with
the penalty l2 / 2 * |D|^2. The hidden layer is judged by its own targets, the label ciphers [T],
so the problem is convex. As D is kept apart from the counts, exchanges that come after the
refinement still move the model through P. The gradient is one line [T]:

    dz = importance * (H - t)          gD = x^T dz + l2 * D

Two exchanges that have a dense number of their own each, from a closed form that says nothing:

>>> from lamp.language_model.features import SparseRows
>>> features = Features(np.eye(2), SparseRows.stack([(np.zeros(0, int), np.zeros(0))] * 2))
>>> zeros = Layer(np.zeros((2, 2)), np.zeros((0, 2)))
>>> objective = Objective(zeros, features, np.eye(2), np.ones(2), np.zeros((2, 2)))
>>> found = refined(objective, l2=0.1, budget=StepBudget(20), start=zeros)
>>> softmax(features.times(found)).round(2).tolist()
[[0.89, 0.11], [0.11, 0.89]]

A budget says when to stop; what was found until then is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .arrays import Floats, softmax
from .features import Features, Layer
from .lbfgs import descend

_STEPS_TO_JUDGE = 3
_WORTH_A_STEP = 2e-3  # share of the loss; steps that bring less change no held-out answer


@dataclass(frozen=True)
class Objective:
    """What there is to refine on.

    closed_form: P.
    features: n exchanges.
    targets: (n, units), what the hidden layer should say; rows sum to one.
    importance: (n,), non-negative.
    offset: (n, units), added to the logits: the prior, and what leaves each exchange out of its
        own closed form.
    """

    closed_form: Layer
    features: Features
    targets: Floats
    importance: Floats
    offset: Floats

    def loss_and_slope(self, correction: Layer, l2: float) -> tuple[float, Layer]:
        """The penalised loss at D, sum importance * cross-entropy, and its gradient."""
        logits = self.features.times(self.closed_form.plus(correction)) + self.offset
        hidden = softmax(logits)
        surprise = -self.targets * np.log(np.maximum(hidden, 1e-300))
        slope = (hidden - self.targets) * self.importance[:, None]
        gradient = self.features.transposed_times(slope, len(correction.grams))
        squares = float((correction.dense**2).sum() + (correction.grams**2).sum())
        return (
            float(self.importance @ surprise.sum(axis=1)) + l2 / 2 * squares,
            Layer(gradient.dense + l2 * correction.dense, gradient.grams + l2 * correction.grams),
        )

    def curvature(self) -> Layer:
        """How steeply the loss bends along each weight, at most: sum importance * x^2 / 4.

        A softmax bends by p (1 - p), which is never more than 1/4 (Boehning 1992).
        """
        bend = np.repeat(self.importance[:, None] / 4, self.targets.shape[1], axis=1)
        return self.features.transposed_times(bend, len(self.closed_form.grams), power=2)


def refine(objective: Objective, l2: float, start: Layer) -> Iterator[Layer]:
    """Corrections D, each with a lower penalised loss than the one before.

    Ends where the last few steps brought hardly anything. As the problem is convex, the start
    decides how soon the bottom is reached, not where it is.

    Args:
        l2: weighs half the squared correction.
        start: a correction to start from, such as one that fitted fewer exchanges.
    """

    def of_vector(vector: Floats) -> tuple[float, Floats]:
        value, slope = objective.loss_and_slope(_unpacked(vector, start), l2)
        return value, _packed(slope)

    # The curvature is known beforehand, up to a factor: it saves half of the steps.
    values = [float("inf")] * _STEPS_TO_JUDGE
    for point in descend(of_vector, _packed(start), _packed(objective.curvature()) + l2):
        yield _unpacked(point.vector, start)
        if values[-_STEPS_TO_JUDGE] < point.value * (1 + _STEPS_TO_JUDGE * _WORTH_A_STEP):
            return
        values.append(point.value)


def refined(objective: Objective, l2: float, budget: Budget, start: Layer) -> Layer:
    """The correction at the end of the budget, or at the bottom."""
    correction = start
    candidates = refine(objective, l2, start)
    while budget.fraction() < 1:
        improved = next(candidates, None)
        if improved is None:
            break
        correction = improved
    return correction


class Budget(Protocol):
    """How long a fit may take; asked once before every step."""

    def fraction(self) -> float:
        """The share that is spent, from 0; at 1 or more the fit stops with what it has."""


class StepBudget:
    """A number of steps: the same data and budget give the same model on every run.

    Every call of :meth:`fraction` after the first counts one step as spent.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._asked = -1

    def fraction(self) -> float:
        """The share of the steps that is spent."""
        self._asked += 1
        return self._asked / self._steps if self._steps > 0 else 1.0


class TimeBudget:
    """Seconds by a clock that the caller passes in; they start to run at construction."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._started = clock()

    def fraction(self) -> float:
        """The share of the seconds that is spent."""
        if self._seconds <= 0:
            return 1.0
        return (self._clock() - self._started) / self._seconds


class ShareOfBudget:
    """A part of another budget, from one fraction of it to another, as a budget of its own."""

    def __init__(self, whole: Budget, start: float, end: float) -> None:
        self._whole = whole
        self._start = start
        self._end = end

    def fraction(self) -> float:
        """The share of this part that is spent."""
        return (self._whole.fraction() - self._start) / (self._end - self._start)


def _packed(layer: Layer) -> Floats:
    """Both parts as one vector, as the descent wants it."""
    return np.concatenate([layer.dense.ravel(), layer.grams.ravel()])


def _unpacked(vector: Floats, like: Layer) -> Layer:
    dense, grams = np.split(vector, [like.dense.size])
    return Layer(dense.reshape(like.dense.shape), grams.reshape(like.grams.shape))
