"""What exchanges turn out to have meant: labels from flips, from silence, and from looking again.

The probabilities come from :mod:`lamp.anticipator.posterior`; here they meet the diary. Rules that
hold whatever the numbers say are laws of the lamp:

* A flip that undoes a directive is charged to its words, or to words said since; never earlier.
* What was undone counts as *none*, or as the state the lamp was in where other lessons say so
  of the words; it is never *kept*, and looking again does not touch it.
* A switch moved there and back within :data:`TAKEN_BACK` s taught nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from lamp.anticipator.behaviour import Behaviour, Triple
from lamp.anticipator.manner import Manner
from lamp.anticipator.posterior import (
    Suspect,
    after_silence,
    causes_of_flip,
    doubt_removed,
)
from lamp.anticipator.wanted import suspected
from lamp.anticipator.words import Words
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader, FlipEntry
from lamp.messages import ACTIONS, Action, State

TAKEN_BACK = 2.0  # s between two flips that mean: never mind [O]
REPEAT_WITHIN = 8.0  # s between the ends of an utterance and of its repeat [O]
LOOKED_AT = 12  # flips that are judged again: the first ones are the doubtful ones, and soon past
SURELY = 2.0  # times as likely as the cause there is: below, a flip stays where it is
LEAST_BLAMED = 0.2  # probability: below, a flip is charged to nobody; a label weighs no more
LEAST_LESSON = 0.05  # weight; what teaches less is not written down

Labels = list[tuple[Exchange, Label]]


class Outcomes:
    """From flips and silence to labels.

    Args:
        diary: holds what was said before earlier flips.
        words, manner, behaviour: of this home.
        window: s after an utterance in which a flip may be its label.
    """

    def __init__(
        self,
        diary: DiaryReader,
        words: Words,
        manner: Manner,
        behaviour: Behaviour,
        window: float,
    ) -> None:
        self._diary = diary
        self._words = words
        self._manner = manner
        self._behaviour = behaviour
        self._window = window
        self._flipped_at: list[float] = []  # s, the last flips: whoever wanted that has it since
        self._watched_until: float | None = None  # s, for the rate of flips without words

    def of_flip(
        self, flip: str, state: State, at: float, pending: Sequence[Exchange], undone: str
    ) -> tuple[Labels, str]:
        """The labels that a flip gives, and the id of the exchange it is charged to, or "".

        Args:
            flip: its id.
            state: what it moved the lamp to.
            at: s.
            pending: exchanges without a label.
            undone: id of the exchange whose directive it undid, or "".
        """
        self._flipped_at = [*self._flipped_at[-9:], at]
        last = self._diary.last_flip()
        if not undone and last is not None and 0 <= at - last.at <= TAKEN_BACK:
            return self._taken_back(last), ""
        recent = [each for each in pending if 0 <= at - each.ended <= self._window]
        acted = self._diary.exchange(undone) if undone else None
        if acted is not None and all(each.id != undone for each in recent):
            recent.insert(0, acted)  # obeyed late, its words' own window was over
        undone = undone or _last_action(pending, state)
        suspects = [self._suspect(each, each.probabilities, recent) for each in recent]
        causes = causes_of_flip(suspects, at, state, self._behaviour, undone)
        self._behaviour.silent_flips.learn(causes[""], self._watched(at))
        cause = max(
            (each.id for each in recent), key=lambda name: causes.get(name, 0.0), default=""
        )
        least = 0.0 if undone else LEAST_BLAMED  # what undoes an action is about something
        if not cause or causes.get(cause, 0.0) <= least:
            return [], ""
        exchange = next(each for each in recent if each.id == cause)
        self._learn_delay(exchange, at, causes[cause])
        self._behaviour.learn_cause(exchange.acted, causes[cause])
        if exchange.acted:
            self._behaviour.bias.learn(
                exchange.probabilities[ACTIONS.index(exchange.action)], False, causes[cause]
            )
        return [(exchange, self._label(exchange, flip, state, causes[cause]))], cause

    def of_silence(
        self, settled: Sequence[Exchange], pending: Sequence[Exchange], until: float
    ) -> Labels:
        """Labels of exchanges that no flip was charged to.

        An action nobody undid was probably wanted: the label weighs as much as the silence says.
        Where the lamp stayed still, nothing was wanted, unless today's words say otherwise: who
        asked for the state there was flips nothing. Nor is anything known of what was said just
        twice: that is how people insist; what comes more often is a tap, or a refrain.

        Args:
            pending: all exchanges without a label, for what the lamp did soon after.
            until: s; nobody flipped because of them until now.
        """
        labels: Labels = []
        for exchange in settled:
            acts = [each.ended for each in pending if each.acted]
            changes = [at for at in (*acts, *self._flipped_at) if at > exchange.ended]
            watched = min([until, exchange.ended + self._window, *changes])
            if exchange.acted:
                known = after = self._known_after(exchange, exchange.probabilities, watched)
                belief = exchange.probabilities
                index = ACTIONS.index(exchange.action)
                weight = doubt_removed(belief[index], after[index])
                label = Label(exchange.action, weight, "kept")
                self._behaviour.bias.learn(belief[index], True, weight)
            elif len(self._repeats(exchange, pending)) == 1:
                continue
            else:
                today = self._words.look_again(exchange)
                known = self._known_after(exchange, today, watched)
                after = after_silence(self._suspect(exchange, today), watched, self._behaviour)
                weight = after[0] if after[0] > max(after[1:]) else 0.0
                label = Label("none", weight, "silence")
            # Only words that were taught tell of habits: what new ones may have asked for follows
            # from those very habits, which would feed on themselves.
            self._behaviour.learn_silence(exchange.state_before, exchange.action, known)
            if label.weight >= LEAST_LESSON:
                labels.append((exchange, label))
        self._behaviour.silent_flips.learn(0.0, self._watched(until))
        return labels

    def look_again(self, but: str) -> Labels:
        """The last flips, judged by today's words: what moves to another cause gets new labels.

        Flips that undid a directive stay where they are, and so does a flip whose cause is about
        as likely as the one it could move to.

        Args:
            but: id of the flip that was just judged.
        """
        for flip in reversed(self._diary.flips(LOOKED_AT)):
            if flip.exchange and not flip.directive and flip.id != but:
                moved = self._judge_again(flip)
                if moved:
                    return moved  # one at a time: the lesson may show the next in another light
        return []

    def _judge_again(self, flip: FlipEntry) -> Labels:
        said = self._diary.said_before(flip.at, self._window, flip.exchange)
        blamed = next((each for each in said if each.label and each.label.flip == flip.id), None)
        if blamed is None or blamed.acted:
            return []
        free = [each for each in said if each is blamed or not (each.acted or _by_hand(each))]
        suspects = [self._suspect(each, self._words.look_again(each), free) for each in free]
        causes = causes_of_flip(suspects, flip.at, flip.state, self._behaviour)
        cause = max(causes, key=causes.__getitem__)
        if not cause or causes[cause] < SURELY * causes.get(blamed.id, 0.0):
            return []
        exchange = next(each for each in free if each.id == cause)
        suspect = self._suspect(blamed, self._words.look_again(blamed))
        none = after_silence(suspect, flip.at, self._behaviour)[0]
        return [
            (blamed, Label("none", none, "silence")),
            (exchange, Label(flip.state, causes[cause], "flip", flip.id)),
        ]

    def _repeats(self, exchange: Exchange, pending: Sequence[Exchange]) -> list[Exchange]:
        """The same words, said just before or after."""
        return [
            each
            for each in pending
            if 0 < abs(each.ended - exchange.ended) <= REPEAT_WITHIN
            and self._words.same(exchange.soft, each.soft)
        ]

    def _suspect(
        self, exchange: Exchange, belief: Triple, said: Sequence[Exchange] = ()
    ) -> Suspect:
        """``exchange`` before the flip, among what else was ``said``."""
        if not exchange.acted:
            odds = self._manner.odds(exchange.moment)
            if len(self._repeats(exchange, said)) == 1:
                odds *= self._behaviour.said_twice
            new = self._behaviour.new_wordings(self._words.taught)
            new = odds * new / (1 - new + odds * new)
            belief = suspected(belief, new, exchange.state_before, self._behaviour)
        return Suspect(exchange.id, exchange.ended, exchange.state_before, exchange.action, belief)

    def _known_after(self, exchange: Exchange, belief: Triple, until: float) -> Triple:
        """What is believed of ``exchange`` after silence, if nobody uses words not taught yet."""
        suspect = Suspect(
            exchange.id, exchange.ended, exchange.state_before, exchange.action, belief
        )
        return after_silence(suspect, until, self._behaviour)

    def _label(self, cause: Exchange, flip: str, state: State, probability: float) -> Label:
        if not cause.acted:
            return Label(state, probability, "flip", flip)
        # Only words that other lessons say so of can have asked for the state the lamp was in.
        today = dict(zip(ACTIONS, self._words.look_again(cause), strict=True))
        meant: Action = state if today[state] > 0.5 else "none"
        return Label(meant, 1.0, "correction", flip)

    def _watched(self, until: float) -> float:
        """Seconds since this was asked last."""
        since = until if self._watched_until is None else self._watched_until
        self._watched_until = max(since, until)
        return self._watched_until - since

    def _learn_delay(self, cause: Exchange, at: float, probability: float) -> None:
        delay = self._behaviour.undoing if cause.acted else self._behaviour.reaching
        delay.learn(at - cause.ended, probability)

    def _taken_back(self, last: FlipEntry) -> Labels:
        """The switch was moved there and back: what the first flip taught is withdrawn."""
        cause = self._diary.exchange(last.exchange) if last.exchange else None
        if cause is None or cause.label is None or cause.label.flip != last.id:
            return []
        return [(cause, Label("none", 0.0, "withdrawn", last.id))]


def _last_action(pending: Sequence[Exchange], state: State) -> str:
    """The exchange whose action a flip to ``state`` undoes, where the operator did not say so."""
    last = next((each for each in reversed(pending) if each.acted), None)
    return last.id if last is not None and last.action != state else ""


def _by_hand(exchange: Exchange) -> bool:
    return exchange.label is not None and exchange.label.flip != ""
