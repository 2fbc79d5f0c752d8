"""The language model alone, under somebody else's policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamp.diary import conversation
from lamp.language_model import PRESETS, Example, LanguageModel, StepBudget
from lamp.simulate.harness.whole_lamp import POLISH_STEPS


class HarnessLearner:
    """The language model alone, refitted as a trainer would."""

    def __init__(self, seed: int, preset: str = "potato") -> None:
        self._settings = PRESETS[preset]
        self._seed = seed
        self._model = LanguageModel.fresh(conversation.TOKENS, self._settings)

    def observe(self, text: str, label: int, weight: float) -> None:
        """One labelled transcript, added to the live model at once."""
        self._model.observe(Example(text, int(label), weight))

    def fit(self, data: Sequence[Any]) -> None:
        """Refit on everything; ``data`` holds (text, label, weight)."""
        examples = [Example(text, int(label), weight) for text, label, weight in data]
        rng = np.random.default_rng(self._seed)
        budget = StepBudget(POLISH_STEPS)
        self._model = LanguageModel.fit(examples, conversation.TOKENS, self._settings, budget, rng)

    def predict(self, text: str) -> tuple[float, ...]:
        """Probabilities of none, lit, dark."""
        return tuple(float(value) for value in self._model.predict(text))
