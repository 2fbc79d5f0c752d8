"""How something was said, beside what was said: the pause before it, its length, its loudness.

People speak to a lamp out of a silence, and briefly; a television talks on. How far that is
so in this home is counted from the labels: naive Bayes over a few bins, additive like the
closed form of the language model. The counts begin with a hint of what holds in most homes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from lamp.diary.exchange import Moment

#: Where the bins of each circumstance divide: s, s, letters, dB.
EDGES: Mapping[str, tuple[float, ...]] = {
    "pause": (2.0, 4.0, 8.0, 16.0),
    "since_change": (4.0, 8.0, 20.0),
    "letters": (12.0, 24.0, 36.0, 50.0),
    "level_db": (-48.0, -42.0, -36.0, -30.0, -24.0, -18.0),
}
#: How much likelier than other talk a command falls into each bin, before anything is known
#: of the home. Loudness depends on where the microphone stands, so nothing is said of it.
HINTS: Mapping[str, tuple[float, ...]] = {
    "pause": (0.6, 0.6, 0.6, 1.3, 3.5),
    "since_change": (0.3, 0.7, 1.0, 1.3),
    "letters": (1.3, 1.7, 1.2, 0.7, 0.2),
    "level_db": (1.0,) * 7,
}
HINT_WORTH = 3.0  # commands in each bin
TRUST = 0.5  # exponent: the circumstances overlap with each other and with the words


class Circumstances:
    """Counts of labelled utterances by circumstance, commands apart from everything else."""

    def __init__(self) -> None:
        self._commands = {name: [0.0] * (len(edges) + 1) for name, edges in EDGES.items()}
        self._others = {name: [0.0] * (len(edges) + 1) for name, edges in EDGES.items()}

    def odds(self, moment: Moment, trust: float = TRUST) -> float:
        """How many times likelier a command is said like this than anything else is.

        Args:
            moment: the circumstances.
            trust: exponent; 1 where nothing else is known, less beside the words.
        """
        factor = 1.0
        for name, place in _places(moment):
            commands, others = self._commands[name], self._others[name]
            # As many commands as there would be if the bin told nothing, against those there
            # were: a bin nobody spoke in yet says what its hint says, however much was heard.
            usual = (sum(commands) + 1) / (sum(others) + 1)
            expected = usual * others[place]
            hinted = commands[place] + HINT_WORTH * HINTS[name][place]
            factor *= hinted / (expected + HINT_WORTH)
        return float(factor**trust)

    def learn(self, moment: Moment, is_command: bool, weight: float) -> None:
        """Count a labelled utterance; a negative weight takes it back."""
        counts = self._commands if is_command else self._others
        for name, place in _places(moment):
            counts[name][place] += weight


def _places(moment: Moment) -> list[tuple[str, int]]:
    """The bin of each circumstance."""
    return [(name, bisect_right(edges, getattr(moment, name))) for name, edges in EDGES.items()]
