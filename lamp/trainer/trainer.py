"""The trainer: refits the language model on the diary's labels, and judges the result.

A pure object: it is given exchanges and a budget, and gives back a model or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lamp.anticipator import conversation
from lamp.anticipator.exchange import Exchange
from lamp.language_model import Budget, Example, LanguageModel, Settings
from lamp.trainer.promotion import Verdict, judge


@dataclass(frozen=True)
class Refit:
    """A refitted model and what the held-out check said; ``verdict.promoted`` decides."""

    model: LanguageModel
    verdict: Verdict


class Trainer:
    """Refits from scratch, closed form first, under a budget.

    Args:
        settings: sizes of the model.
        budget: makes a fresh budget for one fit: steps in simulation, seconds in life.
        seed: of everything random in a fit; the same labels give the same model.
    """

    def __init__(self, settings: Settings, budget: Callable[[], Budget], seed: int = 0) -> None:
        self._settings = settings
        self._budget = budget
        self._seed = seed

    def refit(self, exchanges: Sequence[Exchange]) -> Refit:
        """A model of all labelled ``exchanges``, and whether it may go live."""
        verdict = judge(exchanges, self._fit)
        return Refit(self._fit(conversation.examples(exchanges)), verdict)

    def _fit(self, examples: list[Example]) -> LanguageModel:
        rng = np.random.default_rng(self._seed)
        return LanguageModel.fit(examples, conversation.TOKENS, self._settings, self._budget(), rng)
