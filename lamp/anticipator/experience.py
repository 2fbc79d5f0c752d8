"""What the labels so far say of this home beside its words; read anew from the diary at a start."""

from __future__ import annotations

from collections.abc import Iterable

from lamp.anticipator.belief import Beliefs, given_state, said_again, times_odds
from lamp.anticipator.circumstances import Circumstances
from lamp.diary.exchange import Exchange, Label, Moment
from lamp.messages import Action, State


class Experience:
    """From what words sound like to what is wanted, here and now.

    Args:
        labelled: exchanges with their labels.
    """

    def __init__(self, labelled: Iterable[Exchange] = ()) -> None:
        self._taught: dict[Action, int] = {"none": 0, "lit": 0, "dark": 0}
        self._circumstances = Circumstances()
        for exchange in labelled:
            if exchange.label is not None:
                self.learn(exchange, exchange.label)

    def learn(self, exchange: Exchange, label: Label) -> None:
        """One more label."""
        self._count(exchange, label, 1)

    def unlearn(self, exchange: Exchange, label: Label) -> None:
        """A label turned out wrong."""
        self._count(exchange, label, -1)

    def beliefs(self, words: Beliefs, state: State, moment: Moment, again: bool) -> Beliefs:
        """Probabilities of none, lit, dark.

        Args:
            words: what the language model makes of the text alone.
            state: of the lamp.
            moment: the circumstances it was said in.
            again: whether it repeats what the lamp did not act on a moment ago.
        """
        wanted = given_state(words, state, self._taught)
        wanted = times_odds(wanted, self._circumstances.odds(moment))
        return said_again(wanted) if again else wanted

    def manner(self, exchange: Exchange) -> float:
        """How many times likelier a command is said in that manner, whatever the words."""
        moment = exchange.moment
        return 1.0 if moment is None else self._circumstances.odds(moment, trust=1.0)

    def _count(self, exchange: Exchange, label: Label, times: int) -> None:
        if label.weight == 0:
            return
        self._taught[label.action] += times
        if exchange.moment is not None:
            is_command = label.action != "none"
            self._circumstances.learn(exchange.moment, is_command, times * label.weight)
