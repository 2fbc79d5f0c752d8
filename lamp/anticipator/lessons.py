"""What a label does at once: all that learns in the anticipator takes it in, or takes it back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from lamp.anticipator.behaviour import Behaviour, Triple
from lamp.anticipator.manner import Manner
from lamp.anticipator.posterior import Suspect, after_silence
from lamp.anticipator.words import Model, Words
from lamp.diary import conversation
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader
from lamp.messages import ACTIONS, Labelled

AT_ONCE = 50  # labels, some 0.02 s; a board needs 0.2 s
REPLAYED = 2_000  # exchanges, some 0.3 s; what people did before that weighs little


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


def replay(
    behaviour: Behaviour, diary: DiaryReader, exchanges: Iterable[Exchange], window: float
) -> None:
    """Learn again, after a start, how the people of this home behave, from what they did.

    About what was learned as it happened: what was withdrawn, or moved to another cause, counts
    as it stands now, and a repeat that was passed over counts as nothing.

    Args:
        diary: knows the flips.
        exchanges: settled ones, in the order they were said.
        window: s after an utterance in which a flip may be its label.
    """
    for exchange in exchanges:
        label = exchange.label
        if label is not None and label.flip:
            _replay_flip(behaviour, diary, exchange, label)
        else:
            _replay_silence(behaviour, exchange, _after(exchange, behaviour, window))


def _replay_flip(
    behaviour: Behaviour, diary: DiaryReader, exchange: Exchange, label: Label
) -> None:
    flip = diary.flip(label.flip)
    if flip is None or label.weight <= 0:
        return
    delay = behaviour.undoing if exchange.acted else behaviour.reaching
    delay.learn(flip.at - exchange.ended, label.weight)
    behaviour.learn_cause(exchange.acted, label.weight)
    if exchange.acted:
        behaviour.bias.learn(_believed(exchange), False, label.weight)


def _replay_silence(behaviour: Behaviour, exchange: Exchange, belief: Triple) -> None:
    label = exchange.label
    if label is not None or exchange.acted or max(belief) > belief[0]:
        behaviour.learn_silence(exchange.state_before, exchange.action, belief)
    if label is not None and label.source == "kept":
        behaviour.bias.learn(_believed(exchange), True, label.weight)


def _believed(exchange: Exchange) -> float:
    """How likely what the lamp did seemed to be right."""
    return exchange.probabilities[ACTIONS.index(exchange.action)]


def _after(exchange: Exchange, behaviour: Behaviour, window: float) -> Triple:
    """What was believed when nobody had flipped because of ``exchange``; its label knows best."""
    belief = exchange.probabilities
    before, action, label = exchange.state_before, exchange.action, exchange.label
    if not exchange.acted:
        belief = _by_examples(exchange)
    suspect = Suspect(exchange.id, exchange.ended, before, action, belief)
    after = after_silence(suspect, exchange.ended + window, behaviour)
    if label is None or label.action != action:
        return after
    index = ACTIONS.index(action)
    sure = label.weight  # of silence; of an action, the share of doubt that silence removed
    if exchange.acted:
        sure = _believed(exchange) + label.weight * (1 - _believed(exchange))
    rest = max(1e-9, 1 - after[index])
    none, lit, dark = (
        sure if place == index else p * (1 - sure) / rest for place, p in enumerate(after)
    )
    return none, lit, dark


def _by_examples(exchange: Exchange) -> Triple:
    """What the words were taken for by the examples, where those had a say."""
    if not any(exchange.memory):
        return exchange.probabilities
    none, lit, dark = (math.exp(mass) for mass in exchange.memory)
    total = none + lit + dark
    return none / total, lit / total, dark / total


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
