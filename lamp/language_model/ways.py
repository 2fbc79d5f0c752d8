"""Three ways to the next model, when there is one already and more has been said since.

*refit* starts anew (``LanguageModel.fit``): tokens, counts, polish.
*grown* is the growth operator alone, its scalars learned on what was said since, and that counted.
*blended* keeps the grown tokens and embeddings, counts all exchanges again, and polishes on from
what the last polish found.
Which is best depends on how much changed; held-out exchanges decide (lamp/trainer).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .budget import Budget
from .examples import Example
from .fitting import Lesson, closed_form, polished
from .growth import Scalars, check, grow, mapped
from .model import LanguageModel
from .polish import nothing
from .settings import Settings

_MOST_JUDGES = 60  # exchanges that the scalars are learned on
_FEWEST_JUDGES = 10
_STEPS = Scalars(left=0.3, own=0.25, attention=0.5, dense=0.3, grams=0.2)  # of the search
_ROUNDS = 2  # through all scalars, the second time with half the steps


def grown(
    model: LanguageModel, new: Sequence[Example], settings: Settings, budget: Budget
) -> LanguageModel:
    """The operator, with scalars learned on exchanges that ``model`` does not know, then those
    counted. The cost depends on the new exchanges only.

    Args:
        model: stays as it is.
        new: exchanges since it was made, oldest first.
        settings: no size smaller than the model's.
        budget: asked before each value that is tried for a scalar.

    Raises:
        SettingsInvalid: something would shrink, or is not a size.
    """
    check(model.settings, settings)
    texts = [example.text for example in new]
    tokenizer = model.encoder.tokenizer.extended(texts, settings.vocabulary)

    def surprise(scalars: Scalars) -> float:
        larger = mapped(model, settings, tokenizer, model.actions, scalars)
        return larger.score(new[-_MOST_JUDGES:]).cross_entropy

    best = _search(surprise, budget) if len(new) >= _FEWEST_JUDGES else Scalars()
    larger = mapped(model, settings, tokenizer, model.actions, best)
    for example in new:
        larger.observe(example)
    return larger


def blended(
    model: LanguageModel, examples: Sequence[Example], settings: Settings, budget: Budget
) -> LanguageModel:
    """Tokens and embeddings from the operator; counts and polish from all exchanges.

    Args:
        model: stays as it is.
        examples: all labelled exchanges, oldest first.
        settings: no size smaller than the model's.
        budget: asked before each step of the polish.

    Raises:
        SettingsInvalid: something would shrink, or is not a size.
    """
    used = [example for example in examples if example.weight > 0]
    larger = grow(model, settings, [example.text for example in used])
    encoded = larger.encoder.learn(used)
    lesson = Lesson.encoded_by(larger.encoder, encoded, used, larger.counts.labels)
    counts, task = closed_form(lesson)
    start = nothing(task.base)
    start.dense[:] = larger.weights.dense
    start.grams[: len(larger.weights.grams)] = larger.weights.grams
    difference = polished(task, settings, budget, start)
    weights = task.base._replace(dense=difference.dense, grams=difference.grams)
    return LanguageModel.of(model.actions, larger.encoder, counts, weights, model.held_out)


def _search(surprise: Callable[[Scalars], float], budget: Budget) -> Scalars:
    """Scalars with little surprise: one after the other, a step up or down, then half steps."""
    best = Scalars()
    least = surprise(best)
    for finer in range(_ROUNDS):
        for name, step in _STEPS._asdict().items():
            for signed in (step / 2**finer, -step / 2**finer):
                if budget.fraction() >= 1:
                    return best
                value = float(np.clip(getattr(best, name) + signed, 0.0, 2.0))
                if name in ("left", "own"):
                    value = min(value, 1.0)
                tried = best._replace(**{name: value})
                found = surprise(tried)
                if found < least:
                    best, least = tried, found
                    break
    return best
