"""What a label does at once: the live model and the experience of this home take it in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lamp.anticipator.experience import Experience
from lamp.diary import conversation
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader
from lamp.language_model import Example
from lamp.messages import Labelled, State
from lamp.soft_text import SoftText


class Model(Protocol):
    """What the anticipator needs of a language model."""

    def predict(self, text: str, before: tuple[str, ...] = ()) -> NDArray[np.float64]:
        """Probabilities of none, lit, dark; shape [3]."""

    def observe(self, example: Example) -> None:
        """Add one example (or, with a negative weight, take it back) at once."""


class Lessons:
    """Teaches the live model, and takes lessons back.

    Args:
        model: the live language model.
        experience: of this home, beside its words.
        tell: takes what was labelled, for whoever watches.
    """

    def __init__(
        self, model: Model, experience: Experience, tell: Callable[[Labelled], None]
    ) -> None:
        self.model = model
        self._experience = experience
        self._tell = tell

    def teach(self, exchange: Exchange, label: Label, at: float) -> None:
        """Give ``exchange`` a label in place of the one it has, if any; ``at`` in seconds."""
        if exchange.label is not None:
            self._experience.unlearn(exchange, exchange.label)
            _observe(self.model, exchange.soft, exchange.state_before, exchange.label, -1)
        exchange.label = label
        self._experience.learn(exchange, label)
        _observe(self.model, exchange.soft, exchange.state_before, label, 1)
        self._tell(Labelled(exchange.id, exchange.text, label.action, label.source, at, label.flip))


def catch_up(model: Model, diary: DiaryReader, trained_to: int) -> None:
    """Tell ``model`` the labels the diary got after position ``trained_to``."""
    for entry in diary.labels_after(trained_to):
        if entry.replaced is not None:
            _observe(model, entry.soft, entry.state_before, entry.replaced, -1)
        _observe(model, entry.soft, entry.state_before, entry.label, 1)


def _observe(model: Model, soft: SoftText, state: State, label: Label, times: int) -> None:
    if label.weight:
        example = conversation.example_of(soft, state, label)
        model.observe(example._replace(weight=times * example.weight))
