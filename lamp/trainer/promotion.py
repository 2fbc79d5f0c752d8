"""Is a new model better than the one the lamp lives with? Asked of exchanges, not of noise.

The diary holds, for every exchange, what the live model believed *before* it was told the
answer: that is an honest held-out score of the old model, measured in life. The new one is
put through the same stretch of life: fitted on what came before, it predicts each exchange
and only then is told its label.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamp.diary import conversation
from lamp.diary.exchange import Exchange
from lamp.language_model import LanguageModel
from lamp.messages import ACTIONS, Action

FEWEST_HELD_OUT = 10  # labelled exchanges; with fewer there is nothing to compare
MOST_HELD_OUT = 200
SHARE_HELD_OUT = 0.2
TOLERANCE = 0.02  # nats: differences below are chance
LEAST_PROBABILITY = 1e-3  # so that one surprise does not decide

Fit = Callable[[Sequence[Exchange]], LanguageModel]


@dataclass(frozen=True)
class Verdict:
    """Held-out cross-entropy in nats an exchange, of the old model as lived and of the new.

    held_out: how many exchanges they were compared on; 0 if there were too few to compare.
    """

    promoted: bool
    old: float
    new: float
    held_out: int


def judge(exchanges: Sequence[Exchange], fit: Fit) -> Verdict:
    """Whether a new model would have done at least as well as the live one did.

    Args:
        exchanges: labelled, in the order they were said.
        fit: makes a model from exchanges.
    """
    count = min(MOST_HELD_OUT, int(SHARE_HELD_OUT * len(exchanges)))
    if count < FEWEST_HELD_OUT:
        return Verdict(True, math.nan, math.nan, 0)
    past, recent = exchanges[:-count], exchanges[-count:]
    old, new = lived(recent), relived(fit(past), recent)
    return Verdict(new <= old + TOLERANCE, old, new, count)


def lived(exchanges: Sequence[Exchange]) -> float:
    """Cross-entropy of what the words were taken for at the time, nats an exchange."""
    return _mean(
        [_surprise(exchange.words[ACTIONS.index(_answer(exchange))]) for exchange in exchanges]
    )


def relived(model: LanguageModel, exchanges: Sequence[Exchange]) -> float:
    """Cross-entropy of ``model``, which learns each label after it was asked; nats an exchange.

    In the end the labels are taken back, so that ``model`` knows what it knew.
    """
    surprises = []
    examples = conversation.examples(exchanges)
    for exchange, example in zip(exchanges, examples, strict=True):
        probabilities = model.predict(example.text, example.before, example.offset)
        surprises.append(_surprise(float(probabilities[ACTIONS.index(_answer(exchange))])))
        model.observe(example)
    for example in examples:
        model.observe(example._replace(weight=-example.weight))
    return _mean(surprises)


def _answer(exchange: Exchange) -> Action:
    assert exchange.label is not None
    return exchange.label.action


def _surprise(probability: float) -> float:
    return -math.log(max(LEAST_PROBABILITY, probability))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
