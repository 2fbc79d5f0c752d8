"""The trainer: refits the language model on the diary's labels, and judges the result.

A pure object: it is given exchanges and a budget, and gives back a model and a verdict.
As the diary grows, so do the model's sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lamp.diary import conversation
from lamp.diary.exchange import Exchange
from lamp.language_model import Budget, Example, LanguageModel, Settings, sizes_at
from lamp.trainer.promotion import Verdict, judge


@dataclass(frozen=True)
class Refit:
    """A refitted model and what the held-out check said; ``verdict.promoted`` decides."""

    model: LanguageModel
    verdict: Verdict


class Trainer:
    """Refits under a budget, closed form first.

    Args:
        settings: sizes of the model while the diary is young.
        budget: makes a fresh budget for one fit: steps in simulation, seconds in life.
        seed: of everything random in a fit; the same labels give the same model.
    """

    def __init__(self, settings: Settings, budget: Callable[[], Budget], seed: int = 0) -> None:
        self._settings = settings
        self._budget = budget
        self._seed = seed

    def refit(
        self,
        exchanges: Sequence[Exchange],
        examples: Callable[[Sequence[Exchange]], list[Example]] = conversation.examples,
        older: Iterable[Example] = (),
    ) -> Refit:
        """A model of all labelled ``exchanges``, and whether it may go live.

        Args:
            exchanges: in the order they were said.
            examples: how some of them are learned.
            older: what is counted beside them; gone through once for each of the two fits.
        """
        settings = sizes_at(self._settings, len(exchanges))

        def fit(some: Sequence[Exchange]) -> LanguageModel:
            rng = np.random.default_rng(self._seed)
            return LanguageModel.fit(
                examples(some), conversation.TOKENS, settings, self._budget(), rng, older
            )

        return Refit(fit(exchanges), judge(exchanges, fit))
