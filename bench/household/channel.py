"""Misspells like a small character recogniser: never right, and always in much the same way.

Half of the errors are the speaker's: the letters of a word that she says in her own way are
the same every time. The other half are drawn anew for every utterance, more of them in one that
was heard badly. A model, not a recording; docs/simulation.md says what it lacks.
"""

from __future__ import annotations

import random
import unicodedata

#: Letters that are taken for each other.
ALIKE = {
    "p": "bt", "b": "pv", "t": "dk", "d": "tg", "k": "gt", "g": "kd", "c": "ks", "q": "k",
    "f": "vs", "v": "fw", "s": "zf", "z": "s", "x": "s", "m": "n", "n": "m", "l": "rw", "r": "lw",
    "w": "vr", "j": "gy", "y": "ij", "h": "f",
    "a": "eo", "e": "ia", "i": "ey", "o": "ua", "u": "oe", "'": "e",
}  # fmt: skip
BADLY_HEARD = 0.45  # spread (of the logarithm) of how many errors an utterance has
SUBSTITUTED, DROPPED = 0.6, 0.25  # of the errors; the rest are letters too many
SPACE_LOST = 0.8  # times the error rate, for each space
ACCENT = 0.5  # of the errors are the speaker's own


class Channel:
    """Between what is said and what a lamp gets to read.

    Args:
        rate: mean errors a letter (0..1), both kinds together.
        seed: of the speakers' own ways.
    """

    def __init__(self, rate: float, seed: int) -> None:
        self._rate = rate
        self._seed = seed

    def heard(self, speaker: str, text: str, rng: random.Random) -> str:
        """``text`` by ``speaker`` as it is written down this time: ``a-z``, ``'`` and space."""
        words = [self._in_her_way(speaker, word) for word in letters_only(text).split()]
        badly = rng.lognormvariate(-(BADLY_HEARD**2) / 2, BADLY_HEARD)
        rate = min(0.6, (1 - ACCENT) * self._rate * badly)
        line = words[0] if words else ""
        for word in words[1:]:
            line += ("" if rng.random() < SPACE_LOST * rate else " ") + word
        written = "".join(_misheard(letter, rate, rng) for letter in line)
        return " ".join(written.split()) or line[:1]

    def _in_her_way(self, speaker: str, word: str) -> str:
        """The word as this speaker always says it."""
        own = random.Random(f"{self._seed} {speaker} {word}")
        return "".join(
            self._her_letter(speaker, letter) if own.random() < ACCENT * self._rate else letter
            for letter in word
        )

    def _her_letter(self, speaker: str, letter: str) -> str:
        """What this speaker's ``letter`` is taken for, whatever the word."""
        return random.Random(f"{self._seed} {speaker} says {letter}").choice(ALIKE[letter])


def letters_only(text: str) -> str:
    """Lower case, without accents and marks: ``a-z``, ``'`` and single spaces."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ł", "l"))
    kept = (letter for letter in plain if letter in ALIKE or letter == " ")
    return " ".join("".join(kept).split())


def _misheard(letter: str, rate: float, rng: random.Random) -> str:
    if letter == " " or rng.random() >= rate:
        return letter
    kind = rng.random()
    if kind < SUBSTITUTED:
        return rng.choice(ALIKE[letter])
    if kind < SUBSTITUTED + DROPPED:
        return ""
    return letter + rng.choice("aehnst")
