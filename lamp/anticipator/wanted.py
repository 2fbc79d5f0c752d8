"""From what the words ask for to what is wanted, here and now.

Bayes' rule with what the words do not tell: the state the lamp is in, the manner, and whether it
was said a moment ago and nothing happened.

>>> behaviour = Behaviour()
>>> asks = (0.2, 0.78, 0.02)  # the words: light, with 0.78
>>> none, lit, dark = wanted(asks, "dark", Circumstances(), behaviour)
>>> round(lit, 2)  # the lamp is dark, and few ask for what they have
0.79
>>> none, lit, dark = wanted(asks, "lit", Circumstances(), behaviour)
>>> lit > dark  # it is lit: still the words say what is asked for, not the lamp
True

While a state was hardly ever taught, the words can tell a command but not the two states apart:
what sounds like the known command is likelier to ask for the state there is not.

>>> none, lit, dark = wanted(asks, "lit", Circumstances(lessons=0), behaviour)
>>> dark > lit
True
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lamp.anticipator.behaviour import Behaviour, Triple
from lamp.messages import ACTIONS, State, opposite


@dataclass(frozen=True)
class Circumstances:
    """What there is beside the words.

    manner: how many times likelier a command is said like that than other talk.
    again: it was said a moment ago, and the lamp did nothing.
    lessons: weight of all labels of the state that was taught less often.
    """

    manner: float = 1.0
    again: bool = False
    lessons: float = 20.0


def wanted(words: Triple, state: State, around: Circumstances, behaviour: Behaviour) -> Triple:
    """P(none), P(lit), P(dark), all things considered.

    How likely it is a command at all is weighed by the manner; which state a command asks for, by
    the state there is. After n lessons the words are trusted as if n in n + 2 had been right
    (Laplace's rule of succession).
    """
    none, command = words[0], words[1] + words[2]
    if command <= 0:
        return words
    other = opposite(state)
    by_words = words[ACTIONS.index(other)] / command
    doubt = 1 / (2 + around.lessons)
    by_words = (by_words + doubt) / (1 + 2 * doubt)
    redundant = behaviour.redundant.value
    asks, asks_again = by_words * (1 - redundant), (1 - by_words) * redundant
    share = asks / (asks + asks_again)
    odds = around.manner * math.exp(behaviour.bias.nats)
    if around.again:
        odds *= behaviour.said_twice
    command *= odds
    total = none + command
    none, command = none / total, command / total
    if other == "lit":
        return none, command * share, command * (1 - share)
    return none, command * (1 - share), command * share


def suspected(belief: Triple, new: float, state: State, behaviour: Behaviour) -> Triple:
    """The same with wordings that nobody taught yet: what a flip is weighed with.

    A new wording may sound like talk, and as well like a known command for the other state; and
    few ask for what they have.

    Args:
        belief: by the words.
        new: probability that it asks for something in new words.
        state: of the lamp when it was said.

    >>> [round(p, 3) for p in suspected((0.0, 1.0, 0.0), 0.1, "dark", Behaviour())]
    [0.0, 0.99, 0.01]
    """
    redundant = behaviour.redundant.value
    none, lit, dark = (p * (1 - new) for p in belief)
    asks, asks_again = new * (1 - redundant), new * redundant
    if state == "dark":
        return none, lit + asks, dark + asks_again
    return none, lit + asks_again, dark + asks
