"""How people behave around a lamp and its switch: all numbers of the policy that are about people.

Each starts from a guess that is far from sure; where it has no source it says [O], ours. All but
the shares of what is said twice are learned from the home, with expected counts: they move as if
the guess were worth ``CONFIDENCE`` observations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lamp.messages import ACTIONS, Action, State, opposite

Triple = tuple[float, float, float]  # of none, lit, dark; sums to 1

CONFIDENCE = 10.0  # observations that a guess is worth; no unit
WORDINGS = 8.0  # lessons after which half of the commands come in words that were taught [O]


@dataclass
class Delay:
    """A log-normal delay, as times to respond are (Luce, Response Times, 1986).

    median: s.
    spread: standard deviation of the delay's natural logarithm.

    >>> walk = Delay(median=3.5, spread=0.6)
    >>> round(walk.passed(3.5), 2), round(walk.density(3.5), 2)
    (0.5, 0.19)
    >>> for _ in range(10):
    ...     walk.learn(7.0, 1.0)
    >>> round(walk.median, 2)  # half way, on the logarithm's scale
    4.95
    >>> round(walk.spread, 2)  # nobody here is ever in doubt about when
    0.55
    """

    median: float
    spread: float
    _seen: float = CONFIDENCE

    def density(self, delay: float) -> float:
        """Per s, of acting ``delay`` s after the cause."""
        delay = max(delay, _SHORTEST)
        z = self._z(delay)
        return math.exp(-0.5 * z * z) / (delay * self.spread * math.sqrt(2 * math.pi))

    def passed(self, delay: float) -> float:
        """The probability of having acted within ``delay`` s."""
        return 0.5 * (1 + math.erf(self._z(max(delay, _SHORTEST)) / math.sqrt(2)))

    def learn(self, delay: float, weight: float) -> None:
        """One more delay was seen, ``weight`` (0..1) sure: median and spread move."""
        self._seen += weight
        share = weight / self._seen
        off = math.log(max(delay, _SHORTEST) / self.median)
        self.median *= math.exp(share * off)
        # Welford's update of a weighted variance.
        self.spread = math.sqrt((1 - share) * (self.spread**2 + share * off**2))

    def _z(self, delay: float) -> float:
        return math.log(delay / self.median) / self.spread


@dataclass
class Share:
    """A share of cases, 0..1, with a beta distribution's way of learning.

    >>> share = Share(0.1)
    >>> for _ in range(10):
    ...     share.learn(True, 1.0)
    >>> round(share.value, 2)
    0.55
    """

    value: float
    _seen: float = CONFIDENCE

    def learn(self, happened: bool, weight: float) -> None:
        """One more case, ``weight`` (0..1) sure."""
        self._seen += weight
        self.value += weight / self._seen * (float(happened) - self.value)


@dataclass
class Rate:
    """Events per second, with a gamma distribution's way of learning."""

    per_second: float
    _events: float = CONFIDENCE

    def learn(self, events: float, seconds: float) -> None:
        """So many events in so many seconds."""
        watched = self._events / self.per_second + seconds
        self._events += events
        self.per_second = self._events / watched


@dataclass
class Bias:
    """What is added to the log odds of a command, as the lamp's own actions turned out.

    One step of logistic regression for each of them, with a normal prior (an extended Kalman
    filter): a lamp that is undone too often for what it believed comes to believe less.

    nats: the sum to add.
    precision: of the belief in that, 1 / nats ** 2.

    >>> bias = Bias()
    >>> for _ in range(3):
    ...     bias.learn(believed=0.8, right=False, weight=1.0)
    >>> round(bias.nats, 2)
    -1.84
    >>> for _ in range(12):
    ...     bias.learn(believed=0.8, right=True, weight=1.0)
    >>> round(bias.nats, 2)
    -0.83
    """

    nats: float = 0.0
    precision: float = 1.0

    def learn(self, believed: float, right: bool, weight: float) -> None:
        """An action, believed right with ``believed``, was right or wrong, ``weight`` sure."""
        self.precision += weight * believed * (1 - believed)
        self.nats += weight * (float(right) - believed) / self.precision


class Behaviour:
    """The people of one home, as far as they are known."""

    def __init__(self) -> None:
        # From the end of the words to the flip: a simple reaction takes 0.2 to 0.5 s, understanding
        # that nothing happens and reaching a switch the rest [O].
        self.reaching = Delay(median=3.5, spread=0.6)
        self.undoing = Delay(median=4.5, spread=0.6)  # an action one did not ask for surprises [O]
        self.forgotten = Share(0.1)  # commands that were not obeyed, and nobody flips for [O]
        self.noticed = Share(0.8)  # actions nobody asked for that somebody sees and undoes [O]
        self.redundant = Share(0.1)  # commands for the state the lamp is in [O]
        self.commands = Share(0.15)  # utterances that ask for something [O]
        self.repeated = Share(0.25)  # commands not obeyed that are said again first [O]
        self.silent_flips = Rate(6 / 3600)  # flips that no words caused: six an hour [O]
        self.bias = Bias()
        self.echoed = Share(0.02)  # other talk that comes twice in a row: taps, refrains [O]

    def new_wordings(self, taught: float) -> float:
        """The share of utterances that ask in words nobody taught yet, after so many lessons.

        While little was taught, most commands are new; each lesson makes the next new wording
        less likely (Ewens's sampling formula, with ``WORDINGS`` as its parameter).

        >>> [round(Behaviour().new_wordings(taught), 3) for taught in (0, 8, 72)]
        [0.15, 0.075, 0.015]
        """
        return self.commands.value * WORDINGS / (WORDINGS + taught)

    @property
    def said_twice(self) -> float:
        """How many times likelier a command in vain is said again at once than other talk is."""
        return self.repeated.value / self.echoed.value

    def learn_cause(self, obeyed: bool, probability: float) -> None:
        """A flip was charged to an utterance: somebody asked in vain, or undid what was done.

        Args:
            obeyed: the lamp had acted on it.
            probability: that it caused the flip.
        """
        if obeyed:
            self.noticed.learn(True, probability)
            return
        self.commands.learn(True, probability)
        self.redundant.learn(False, probability)
        self.forgotten.learn(False, probability)

    def learn_silence(self, before: State, action: Action, belief: Triple) -> None:
        """Nobody flipped because of an utterance.

        Args:
            before: the state the lamp was in.
            action: what it did.
            belief: P(none), P(lit), P(dark) after all this silence.
        """
        asked = dict(zip(ACTIONS, belief, strict=True))
        other = opposite(before)
        self.commands.learn(False, asked["none"])
        self.commands.learn(True, 1 - asked["none"])
        self.redundant.learn(True, asked[before])
        self.redundant.learn(False, asked[other])
        if action == "none":
            self.forgotten.learn(True, asked[other])
        else:
            self.noticed.learn(False, asked["none"])


_SHORTEST = 0.2  # s, a simple reaction; nothing is faster
