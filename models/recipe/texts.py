"""What the synthetic voices say: orders to a home, names, sentences, nonsense, foreign words.

The words hardly matter, since the teacher listens to the sound; the variety does. Word lists and
sentences come from Debian packages (wamerican, wspanish, wfrench, witalian, wngerman, fortunes,
bible-kjv-text) where they are installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

Rng = np.random.Generator

DICTIONARIES = Path("/usr/share/dict")
FORTUNES = Path("/usr/share/games/fortunes")

VERBS = [
    "switch on",
    "turn on",
    "put on",
    "light",
    "switch off",
    "turn off",
    "kill",
    "dim",
    "brighten",
    "open",
    "close",
    "start",
    "stop",
    "raise",
    "lower",
    "toggle",
    "set",
    "more",
    "less",
    "no",
    "yes",
    "please",
    "never mind",
    "enough",
]
PLACES = [
    "kitchen",
    "bedroom",
    "bathroom",
    "hall",
    "hallway",
    "garage",
    "garden",
    "attic",
    "cellar",
    "living room",
    "office",
    "porch",
    "nursery",
    "desk",
    "corner",
    "ceiling",
    "bedside",
    "upstairs",
    "downstairs",
    "outside",
]
THINGS = [
    "light",
    "lights",
    "lamp",
    "fan",
    "heater",
    "blinds",
    "curtains",
    "radio",
    "music",
    "kettle",
    "coffee machine",
    "television",
    "window",
    "door",
    "alarm",
    "timer",
    "socket",
    "heating",
    "candle",
    "star",
]
TAILS = [
    "",
    "please",
    "now",
    "again",
    "a bit",
    "all the way",
    "in five minutes",
    "for the night",
    "quickly",
    "thanks",
    "tonight",
    "when I leave",
    "until morning",
    "to half",
    "to ten percent",
]
NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fifteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "half",
    "quarter",
]
ONSETS = [
    "b",
    "bl",
    "br",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gl",
    "h",
    "j",
    "k",
    "kl",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "pr",
    "r",
    "s",
    "sh",
    "sk",
    "sl",
    "sn",
    "sp",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "y",
    "z",
    "ch",
]
NUCLEI = ("a", "e", "i", "o", "u", "ee", "oo", "ai", "ow", "oy", "ar", "er")
CODAS = "---bdfgklmnprst"


def order(rng: Rng) -> str:
    """``dim the kitchen light a bit``."""
    the = rng.choice(["the ", "", "my "])
    words = f"{rng.choice(VERBS)} {the}{rng.choice(PLACES)} {rng.choice(THINGS)}"
    if rng.random() < 0.3:
        words = f"{rng.choice(THINGS)} {rng.choice(VERBS)}"
    return f"{words} {rng.choice(TAILS)}".strip()


def nonsense(rng: Rng) -> str:
    """One to four syllables that mean nothing."""
    count = int(rng.integers(1, 5))
    coda = [str(rng.choice(list(CODAS))).replace("-", "") for _ in range(count)]
    return "".join(f"{rng.choice(ONSETS)}{rng.choice(NUCLEI)}{coda[i]}" for i in range(count))


def words(path: Path) -> list[str]:
    """Plain words of a word list; none if it is not installed."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").split()
    return [line for line in lines if line.isalpha() and 2 < len(line) < 13]


def sentences(folder: Path = FORTUNES) -> list[str]:
    """Short plain sentences of the fortune files."""
    found: list[str] = []
    for path in sorted(folder.glob("*")):
        if path.is_file() and not path.suffix:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += re.findall(r"(?<=[.!?]\s)[A-Z][a-z ,']{15,70}(?=[.!?])", text)
    return found


def lines(rng: Rng, language: str = "en") -> Iterator[str]:
    """Endless things to say; other languages say words of theirs."""
    lists = {"en": "american-english", "es": "spanish", "fr": "french", "it": "italian"}
    own = words(DICTIONARIES / lists.get(language, "ngerman")) or ["lamp"]
    read = sentences() or ["the lamp is on"]
    while True:
        kind = rng.random() if language == "en" else 1.0
        if kind < 0.3:
            yield order(rng)
        elif kind < 0.37:
            yield " ".join(rng.choice(NUMBERS, int(rng.integers(1, 4))))
        elif kind < 0.5:
            yield " ".join(nonsense(rng) for _ in range(int(rng.integers(1, 4))))
        elif kind < 0.7:
            yield str(rng.choice(read))
        else:
            yield " ".join(str(rng.choice(own)) for _ in range(int(rng.integers(1, 6))))
