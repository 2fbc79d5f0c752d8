"""What a label does at once: all that learns in the anticipator takes it in, or takes it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lamp.anticipator.manner import Manner
from lamp.anticipator.words import Model, Words
from lamp.diary import conversation
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader
from lamp.messages import Labelled

AT_ONCE = 50  # labels, some 0.02 s; a board needs 0.2 s


class Lessons:
    """Teaches words and manner.

    Args:
        words, manner: of this home.
        tell: takes what was labelled, for whoever watches.
    """

    def __init__(self, words: Words, manner: Manner, tell: Callable[[Labelled], None]) -> None:
        self._words = words
        self._manner = manner
        self._tell = tell

    def teach(self, exchange: Exchange, label: Label, at: float) -> None:
        """Give ``exchange`` a label in place of the one it has, if any; ``at`` in s."""
        self.take_back(exchange)
        self._words.learn(exchange, label)
        self._manner_of(exchange, label, 1)
        exchange.label = label
        text = exchange.soft.best
        self._tell(Labelled(exchange.id, text, label.action, label.source, at, label.flip))

    def take_back(self, exchange: Exchange) -> None:
        """Know nothing more of what the label of ``exchange`` taught, if it has one."""
        if exchange.label is not None:
            self._manner_of(exchange, exchange.label, -1)
        self._words.forget(exchange)
        exchange.label = None

    def _manner_of(self, exchange: Exchange, label: Label, times: int) -> None:
        self._manner.learn(exchange.moment, label.action != "none", times * label.weight)


def remember(words: Words, manner: Manner, labelled: Iterable[Exchange]) -> None:
    """Know again, after a start, what the diary's labels taught; the model knows them already."""
    for exchange in labelled:
        assert exchange.label is not None
        words.remember(exchange, exchange.label)
        manner.learn(exchange.moment, exchange.label.action != "none", exchange.label.weight)


class CatchingUp:
    """Tells ``model`` the labels that the diary has after ``trained_to``, a few at a time.

    Labels that are given meanwhile are not for it: whoever gives them tells the model at once. As
    the model's counts are sums, it does not matter that it hears of them in another order.
    """

    def __init__(self, model: Model, diary: DiaryReader, trained_to: int) -> None:
        self._model = model
        self._diary = diary
        self._told_to = trained_to
        self._until = diary.position()

    @property
    def left(self) -> int:
        """Positions of the label log that the model has not been told."""
        return max(0, self._until - self._told_to)

    def go_on(self) -> None:
        """A few more labels."""
        until = min(self._told_to + AT_ONCE, self._until)
        for entry in self._diary.labels_after(self._told_to, until):
            for label, times in ((entry.replaced, -1), (entry.label, 1)):
                if label is not None and label.weight:
                    example = conversation.example_of(entry.soft, entry.state_before, label)
                    self._model.observe(example._replace(weight=times * example.weight))
        self._told_to = until
