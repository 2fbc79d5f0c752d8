"""What the words of an utterance ask for: the one door between what was heard and the policy.

Two experts, one product. Remembered examples know words again from the first flip on, since how
takes of the same words differ was learned from other people. The language model, refitted by the
trainer, learns what the examples get wrong in this home: their odds are the offset of its logits.

Beside that this module knows the owner's own lessons: what was taught by hand, and what was undone.
Words that were undone are not acted on again in that form until somebody teaches them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lamp.anticipator.behaviour import Triple
from lamp.diary import conversation
from lamp.diary.exchange import Exchange, Label
from lamp.language_model import Example
from lamp.messages import ACTIONS, Action, State
from lamp.similarity import Calibration, LabelledExamples
from lamp.similarity.examples import Recall
from lamp.soft_text import SoftText

NO_SAY: Triple = (0.0, 0.0, 0.0)
BY_HAND = ("flip", "correction")


class Model(Protocol):
    """What the anticipator needs of a language model."""

    def predict(
        self, text: SoftText, before: tuple[str, ...] = (), offset: Triple = (0.0, 0.0, 0.0)
    ) -> NDArray[np.float64]:
        """Probabilities of none, lit, dark; shape [3]."""

    def observe(self, example: Example) -> None:
        """Add one example (or, with a negative weight, take it back) at once."""


@dataclass(frozen=True)
class Reading:
    """What an utterance's words are taken for.

    probabilities: of none, lit, dark.
    memory: log masses of the examples, for the language model's next fit.
    undone: words of this very form were undone, and not taught since.
    taught_as: what the owner's lesson that is most like it taught; none where nothing is like it.
    lessons: the exchanges of the owner's lessons that are like it, the most like first.
    """

    probabilities: Triple
    memory: Triple
    undone: bool = False
    taught_as: Action = "none"
    lessons: tuple[str, ...] = ()


class Words:
    """Reads utterances, and learns from labels.

    Args:
        model: the live language model.
        calibration: of the acoustic model.
    """

    def __init__(self, model: Model, calibration: Calibration) -> None:
        self.model = model
        self._calibrated = calibration.learned
        self.examples = LabelledExamples(calibration)
        # By exchange: the best text and the label, in the order they were taught.
        self._by_hand: dict[str, tuple[str, Label]] = {}
        self._labels: dict[Action, float] = dict.fromkeys(ACTIONS, 0.0)

    @property
    def lessons(self) -> float:
        """Weight of all labels of the state that was taught less often."""
        return min(self._labels["lit"], self._labels["dark"])

    @property
    def taught(self) -> float:
        """Weight of all labels of either state."""
        return self._labels["lit"] + self._labels["dark"]

    def read(self, text: SoftText, state: State) -> Reading:
        """What ``text`` asks for while the lamp is in ``state``, by its words alone."""
        recall = self.examples.recall(text)
        # Where nobody knows how an engine misspells, likeness is a guess, and has no say.
        memory = self.examples.log_masses(recall) if self._calibrated else NO_SAY
        probabilities = self.model.predict(text, conversation.before(state), memory)
        if self.taught <= 0:
            return Reading((1.0, 0.0, 0.0), memory)
        none, lit, dark = (float(value) for value in probabilities)
        lessons = self._lessons_like(text, recall)
        taught_as = self._by_hand[lessons[0]][1].action if lessons else "none"
        return Reading((none, lit, dark), memory, self._undone(text), taught_as, lessons)

    def look_again(self, exchange: Exchange) -> Triple:
        """What the words of ``exchange`` are taken for today, its own label left out."""
        return self.examples.probabilities(exchange.soft, but=exchange.id)

    def same(self, one: SoftText, other: SoftText) -> bool:
        """Whether the two are likelier the same words than not."""
        return one.best == other.best != "" or self.examples.likeness(one, other) > 0

    def learn(self, exchange: Exchange, label: Label) -> None:
        """``exchange`` got ``label``, in place of the one it has, if any."""
        self.forget(exchange)
        self.remember(exchange, label)
        if label.weight > 0:
            self._observe(exchange, label, 1)

    def remember(self, exchange: Exchange, label: Label) -> None:
        """The same for a label that the language model has learned already."""
        if label.weight <= 0:
            return
        self.examples.add(exchange.id, exchange.soft, shares(label))
        self._labels[label.action] += label.weight
        if label.source in BY_HAND:
            self._by_hand[exchange.id] = (exchange.soft.best, label)

    def forget(self, exchange: Exchange) -> None:
        """Take back what the label of ``exchange`` taught, if it has one."""
        self.examples.remove(exchange.id)
        self._by_hand.pop(exchange.id, None)
        if exchange.label is not None and exchange.label.weight > 0:
            self._labels[exchange.label.action] -= exchange.label.weight
            self._observe(exchange, exchange.label, -1)

    def _observe(self, exchange: Exchange, label: Label, times: int) -> None:
        example = conversation.example(exchange, label)
        self.model.observe(example._replace(weight=times * example.weight))

    def _undone(self, text: SoftText) -> bool:
        """Whether words of this very form were undone, and not taught by hand since."""
        lessons = [label for best, label in self._by_hand.values() if best == text.best != ""]
        if not lessons:
            return False
        return lessons[-1].source == "correction" and lessons[-1].action == "none"

    def _lessons_like(self, text: SoftText, recall: Recall) -> tuple[str, ...]:
        """The lessons by hand that are likelier the same words than not, the most like first.

        Where nobody knows how an engine misspells, only the same spelling is the same words.
        """
        like = {
            name: nats
            for name, nats in zip(recall.names, recall.nats, strict=True)
            if name in self._by_hand
            and (nats > 0 if self._calibrated else self._by_hand[name][0] == text.best)
        }
        return tuple(sorted(like, key=like.__getitem__, reverse=True))


def shares(label: Label) -> Triple:
    """How much an example counts as none, lit and dark.

    >>> shares(Label("lit", 0.9, "flip"))
    (0.0, 0.9, 0.0)
    """
    none, lit, dark = (label.weight * (action == label.action) for action in ACTIONS)
    return none, lit, dark
