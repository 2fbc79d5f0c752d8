"""From what the words sound like to what is wanted, given the state the lamp is in.

The language model knows words; that a lit lamp is seldom asked to light up it need not
learn. Bayes' rule with that knowledge lets the lamp obey the first "switch it off" after
having been taught "switch it on" only: it sounds like a command, and there is one thing
left to ask for.
"""

from __future__ import annotations

from collections.abc import Mapping

from lamp.messages import ACTIONS, Action, State, opposite

Beliefs = tuple[float, float, float]  # of none, lit, dark; sums to 1

REDUNDANT = 0.04  # share of commands that ask for the state the lamp is in already
REPEATED = 10.0  # times the odds that something is a command when it is said twice in a row
LEAST_DOUBT = 0.02  # that the words tell the two states apart, however much was learned


def given_state(words: Beliefs, state: State, taught: Mapping[Action, int]) -> Beliefs:
    """What is wanted, from what the words sound like.

    How likely it is a command at all stays as it was; only which state a command asks for
    is weighed against what state the lamp is in.

    Args:
        words: the language model's probabilities.
        state: of the lamp.
        taught: how many labels of each action there are: the fewer of the rarer state, the
            less the words can be trusted to tell the states apart.
    """
    command = words[1] + words[2]
    if command <= 0:
        return words
    other = opposite(state)
    rarer = min(taught.get("lit", 0), taught.get("dark", 0))
    doubt = max(LEAST_DOUBT, 1 / (2 + rarer))
    by_words = (words[ACTIONS.index(other)] / command + doubt) / (1 + 2 * doubt)
    asks = by_words * (1 - REDUNDANT)
    asks_again = (1 - by_words) * REDUNDANT
    share = asks / (asks + asks_again)
    if other == "lit":
        return words[0], command * share, command * (1 - share)
    return words[0], command * (1 - share), command * share


def said_again(beliefs: Beliefs) -> Beliefs:
    """The same for an utterance that repeats one the lamp did not act on.

    People repeat what was not obeyed; talk among themselves seldom comes twice.
    """
    return times_odds(beliefs, REPEATED)


def times_odds(beliefs: Beliefs, odds: float) -> Beliefs:
    """The odds of a command against anything else, multiplied; the two states keep their ratio."""
    none = beliefs[0] / (beliefs[0] + odds * (1 - beliefs[0]))
    scale = (1 - none) / (1 - beliefs[0]) if beliefs[0] < 1 else 0.0
    return none, beliefs[1] * scale, beliefs[2] * scale
