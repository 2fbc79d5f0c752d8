"""L-BFGS: full-batch descent that learns the curvature from its own last steps.

A quasi-Newton method (Nocedal 1980, Liu & Nocedal 1989). From a warm start on a few hundred
exchanges it is done in ten to twenty steps, where plain gradient descent needs hundreds.

A valley a thousand times steeper in one direction than in the other; its bottom is at (3, -1):

>>> steep, bottom = np.array([1.0, 1000.0]), np.array([3.0, -1.0])
>>> def valley(vector):
...     away = vector - bottom
...     return float(steep @ away**2) / 2, steep * away
>>> points = list(descend(valley, np.zeros(2)))
>>> len(points), points[-1].vector.round(3).tolist()
(4, [3.0, -1.0])
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from .arrays import Floats

Function = Callable[[Floats], tuple[float, Floats]]
_MEMORY = 6  # steps; each costs two vectors of all weights
_SUFFICIENT = 1e-4  # share of the promised decrease that a step must keep (Armijo)
_MOST_HALVINGS = 20


class Point(NamedTuple):
    """Where the descent has come to: the vector, its value and its gradient."""

    vector: Floats
    value: float
    gradient: Floats


def descend(function: Function, start: Floats, curvature: Floats | None = None) -> Iterator[Point]:
    """Better and better points, from the first step on; ends where no step leads down.

    Args:
        function: value and gradient of a vector.
        start: the vector to start from.
        curvature: a guess of the second derivative along each axis, positive. The descent runs
            in coordinates where all of them are one; a good guess saves half of the steps.
    """
    if curvature is not None:
        unit = np.sqrt(curvature)
        for point in descend(_rescaled(function, unit), start * unit):
            yield Point(point.vector / unit, point.value, point.gradient * unit)
        return
    here = Point(start, *function(start))
    history: deque[tuple[Floats, Floats]] = deque(maxlen=_MEMORY)
    while True:
        there = _line_search(function, here, _direction(here.gradient, history))
        if there is None:
            return
        step, change = there.vector - here.vector, there.gradient - here.gradient
        # Only where the slope grew along the step does it say how steep the valley is.
        if step @ change > 1e-12 * np.sqrt((step @ step) * (change @ change)):
            history.append((step, change))
        here = there
        yield here


def _rescaled(function: Function, unit: Floats) -> Function:
    def rescaled(vector: Floats) -> tuple[float, Floats]:
        value, gradient = function(vector / unit)
        return value, gradient / unit

    return rescaled


def _direction(gradient: Floats, history: deque[tuple[Floats, Floats]]) -> Floats:
    """Minus the inverse Hessian, as the last steps tell it, times the gradient."""
    direction = -gradient
    if not history:
        return direction / max(1.0, float(np.sqrt(gradient @ gradient)))
    shares = []
    # Two loops over the last steps (Nocedal 1980): newest to oldest takes out of the gradient what
    # each step has dealt with, oldest to newest puts it back at the curvature found there.
    for step, change in reversed(history):
        share = (step @ direction) / (step @ change)
        direction = direction - share * change
        shares.append(share)
    step, change = history[-1]
    direction = direction * ((step @ change) / (change @ change))
    for (step, change), share in zip(history, reversed(shares), strict=True):
        direction = direction + (share - (change @ direction) / (step @ change)) * step
    return direction


def _line_search(function: Function, here: Point, direction: Floats) -> Point | None:
    """The first of the steps 1, 1/2, 1/4 ... that goes down enough."""
    promised = float(here.gradient @ direction)
    if not promised < -1e-12:
        return None
    length = 1.0
    for _ in range(_MOST_HALVINGS):
        vector = here.vector + length * direction
        value, gradient = function(vector)
        if value <= here.value + _SUFFICIENT * length * promised:
            return Point(vector, value, gradient)
        length /= 2
    return None
