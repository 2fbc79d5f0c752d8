"""Who takes part: the lamp and plain n-grams, each also with the utterance before put in front."""

from __future__ import annotations

from bench.household.contestants import make as make_plain
from bench.household.hour import Charges, LampUnderTest
from lamp.messages import State

NAMES = ("lamp", "lamp, two utterances", "lr", "lr, two utterances", "never")
MEMORY = 12.0  # s; what was said before that says nothing about these words


class TwoUtterances:
    """A lamp that is told what was said just before as well, as one text."""

    def __init__(self, lamp: LampUnderTest) -> None:
        self._lamp = lamp
        self._before = ""
        self._at = 0.0

    def hear(self, t: float, transcript: str, lamp_is_lit: bool) -> State | None:
        """See :class:`LampUnderTest`."""
        recent = self._before if t - self._at <= MEMORY else ""
        self._before, self._at = transcript, t
        return self._lamp.hear(t, f"{recent} {transcript}".strip(), lamp_is_lit)

    def flipped(self, t: float, lamp_is_lit: bool) -> None:
        """See :class:`LampUnderTest`."""
        self._lamp.flipped(t, lamp_is_lit)

    def probabilities(self) -> tuple[float, float, float] | None:
        """Of the last words."""
        return self._lamp.probabilities()

    def attributed(self) -> Charges:
        """See :class:`LampUnderTest`."""
        return self._lamp.attributed()


def make(name: str, seed: int) -> LampUnderTest:
    """The contestant of that name."""
    plain, _, more = name.partition(", ")
    lamp = make_plain(plain, seed)
    return TwoUtterances(lamp) if more else lamp
