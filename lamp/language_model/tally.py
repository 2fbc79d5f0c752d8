"""Counts that can be taken back exactly.

The closed form of a softmax layer is made of sums over exchanges, F = sum x (x) y. Sums of floating
point numbers depend on their order, and taking a term away again leaves a trace. So the sums are
kept as whole multiples of 2^-30: adding one exchange at a time gives the same bits as adding all at
once, and an exchange that is taken back was never there.
"""

from __future__ import annotations

import numpy as np

from .arrays import Floats, Ints

UNIT = 2.0**-30


def in_units(mass: Floats) -> Ints:
    """``mass`` as whole multiples of the unit."""
    return np.rint(np.asarray(mass) / UNIT).astype(np.int64)


class Tally:
    """F of one layer: how much of each input was there together with each target.

    Args:
        counts: (inputs, targets), in units of 2^-30.
    """

    def __init__(self, counts: Ints) -> None:
        self.counts = counts

    @classmethod
    def empty(cls, inputs: int, targets: int) -> Tally:
        """A tally of nothing."""
        return cls(np.zeros((inputs, targets), dtype=np.int64))

    def add(self, inputs: Floats, target: Floats, weight: float) -> None:
        """Add weight * inputs (x) target; a negative weight takes it back."""
        self.counts += in_units(np.outer(inputs, target * weight))

    def add_at(self, rows: Ints, inputs: Floats, target: Floats, weight: float) -> None:
        """The same for sparse inputs: ``inputs`` are the values at ``rows``, each row once."""
        self.counts[rows] += in_units(np.outer(inputs, target * weight))

    def mass(self, rows: Ints | slice = slice(None)) -> Floats:
        """F, or some rows of it, as floating point numbers.

        Never below zero, which could only be where an exchange was counted with fewer tokens than
        it is taken back with, because the model has grown in between.
        """
        return np.asarray(np.maximum(self.counts[rows], 0) * UNIT)

    def per_target(self) -> Floats:
        """(targets,), the sum of F over the inputs."""
        return np.asarray(self.counts.sum(axis=0) * UNIT)
