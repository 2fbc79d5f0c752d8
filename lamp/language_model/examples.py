"""What the model learns from, and how its answers are scored."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """One labelled exchange.

    text: what was heard, as the transcriber spelled it.
    label: index into the model's actions: what the text asked for.
    weight: how often it counts; negative in ``observe`` takes an earlier example back.
    before: tokens that stand before this utterance in the dialogue, oldest first: words and
        action tokens (such as ``<lit>``); may be empty.
    """

    text: str
    label: int
    weight: float = 1.0
    before: tuple[str, ...] = ()


class Scores(NamedTuple):
    """How well a model answers examples it has not learned from.

    cross_entropy: weighted mean of -ln p(label), in nats; lower is better.
    accuracy: weighted share of examples whose label got the highest probability, 0..1.
    examples: how many were scored.
    """

    cross_entropy: float
    accuracy: float
    examples: int
