"""How long a fit may take: counted in steps (simulation) or in seconds (a real trainer)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Budget(Protocol):
    """Asked once before every step of a fit."""

    def fraction(self) -> float:
        """The share that is spent, from 0; at 1 or more the fit stops with what it has."""
        ...


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
