"""Who takes part: the lamp, and plain learners in the reference policy."""

from __future__ import annotations

from bench.household.hour import LampUnderTest

NAMES = ("lamp", "lr", "knn", "never")
THRESHOLDS = {"lr": 0.5, "knn": 0.4}


class NeverLamp:
    """Does nothing by itself: what a switch alone costs."""

    def hear(self, t: float, transcript: str, lamp_is_lit: bool) -> None:
        """Nothing happens."""

    def flipped(self, t: float, lamp_is_lit: bool) -> None:
        """Nothing is learned."""

    def probabilities(self) -> None:
        """It has none."""

    def attributed(self) -> list[tuple[float, float | None]]:
        """Nobody is blamed."""
        return []


def make(name: str, seed: int) -> LampUnderTest:
    """The contestant of that name; each is imported only where it plays."""
    if name == "lamp":
        from lamp.simulate.harness import make_lamp  # noqa: PLC0415

        return make_lamp(seed)
    if name == "never":
        return NeverLamp()
    from bench.household.learners import LogisticLearner, NeighbourLearner  # noqa: PLC0415
    from bench.household.reference import ReferenceLamp  # noqa: PLC0415

    learner = LogisticLearner() if name == "lr" else NeighbourLearner()
    return ReferenceLamp(learner, THRESHOLDS[name])
