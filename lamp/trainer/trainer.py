"""The trainer: refits the language model on the diary's labels, and judges the result.

A pure object: it is given exchanges and a budget, and gives back a model and a verdict.
As the diary grows, so do the model's sizes. When they do, a model grown from the last one, a
blend and a refit compete on held-out exchanges, each under the same budget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from lamp.diary import conversation
from lamp.diary.exchange import Exchange
from lamp.language_model import (
    Budget,
    Example,
    LanguageModel,
    Settings,
    blended,
    grown,
    sizes_at,
)
from lamp.trainer.promotion import Verdict, judge

REFIT, GROWN, BLENDED = "refit", "grown", "blended"


@dataclass(frozen=True)
class Refit:
    """A refitted model and what the held-out check said; ``verdict.promoted`` decides."""

    model: LanguageModel
    verdict: Verdict


@dataclass(frozen=True)
class Ancestor:
    """A model that the next one may grow from, and the examples it was made of, by exchange."""

    model: LanguageModel
    known: dict[str, Example]


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
        self._keeps_tokens = False
        self._last: Ancestor | None = None  # made of all exchanges
        self._trial: Ancestor | None = None  # made of those before the held-out ones

    def refit(self, exchanges: Sequence[Exchange]) -> Refit:
        """A model of all labelled ``exchanges``, and whether it may go live."""
        settings = sizes_at(self._settings, len(exchanges))
        ways = self._ways(settings)
        verdict = judge(
            exchanges, {way: partial(self._fit, way, self._trial, settings) for way in ways}
        )
        model = self._fit(verdict.way, self._last, settings, exchanges)
        self._keeps_tokens = verdict.way != REFIT
        self._last = Ancestor(model, _by_exchange(exchanges))
        if verdict.trial is not None:
            past = exchanges[: -verdict.held_out]
            self._trial = Ancestor(verdict.trial, _by_exchange(past))
        return Refit(model, verdict)

    def _ways(self, settings: Settings) -> tuple[str, ...]:
        """How the next model may be made: in all three ways where the sizes have grown.

        The way that won then is kept to until they grow again: a grown model's tokens stay.
        """
        if self._last is None or self._trial is None:
            return (REFIT,)
        sizes = {self._last.model.settings, self._trial.model.settings}
        if sizes == {settings}:
            return (BLENDED,) if self._keeps_tokens else (REFIT,)
        if any(size.bits > settings.bits for size in sizes):  # much of the diary was erased
            return (REFIT,)
        return (REFIT, GROWN, BLENDED)

    def _fit(
        self,
        way: str,
        ancestor: Ancestor | None,
        settings: Settings,
        exchanges: Sequence[Exchange],
    ) -> LanguageModel:
        examples = conversation.examples(exchanges)
        if way == REFIT or ancestor is None:
            rng = np.random.default_rng(self._seed)
            return LanguageModel.fit(examples, conversation.TOKENS, settings, self._budget(), rng)
        if way == BLENDED:
            return blended(ancestor.model, examples, settings, self._budget())
        return grown(ancestor.model, _news(ancestor, exchanges), settings, self._budget())


def _news(ancestor: Ancestor, exchanges: Sequence[Exchange]) -> list[Example]:
    """What ``ancestor`` does not know; what it should know no more is taken back from it."""
    examples = _by_exchange(exchanges)
    for exchange, example in ancestor.known.items():
        if examples.get(exchange) != example:  # labelled anew, or forgotten
            ancestor.model.observe(example._replace(weight=-example.weight))
    return [one for exchange, one in examples.items() if ancestor.known.get(exchange) != one]


def _by_exchange(exchanges: Sequence[Exchange]) -> dict[str, Example]:
    labelled = [each for each in exchanges if each.label is not None]
    return dict(zip((one.id for one in labelled), conversation.examples(labelled), strict=True))
