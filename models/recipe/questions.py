"""What a calibration is asked: one utterance beside the same words again, others, and talk.

Words of a person are put together to utterances of one to four, each time from other takes. Talk is
cut anywhere, in stretches of one to 25 slots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lamp.soft_text import SoftText

Rng = np.random.Generator

WORDS = (1, 1, 1, 2, 3, 4)  # in an utterance, each as likely as the next
STRETCH = (2.0, 25.0)  # slots of talk, drawn evenly in the logarithm and rounded down
STRETCHES = 3  # of talk, for each utterance


@dataclass(frozen=True)
class Take:
    """One word as the model heard it once."""

    voice: str
    word: str
    text: SoftText


@dataclass(frozen=True)
class Question:
    """Is `asked` what the others are?

    same: the same words by the same person, other takes.
    other: as many words of that person, not those.
    talk: stretches of somebody else's.
    """

    asked: SoftText
    same: SoftText
    other: SoftText
    talk: tuple[SoftText, ...]


class Voices:
    """Takes by voice and word; only voices that said something twice, and not only that."""

    def __init__(self, takes: Sequence[Take]) -> None:
        said: dict[str, dict[str, list[SoftText]]] = defaultdict(lambda: defaultdict(list))
        for take in takes:
            if take.text:
                said[take.voice][take.word].append(take.text)
        self.said = {
            voice: words
            for voice, words in sorted(said.items())
            if len(words) > 1 and any(len(texts) > 1 for texts in words.values())
        }

    def halves(self, rng: Rng) -> tuple[set[str], set[str]]:
        """Half of the voices, and the others."""
        voices = [str(voice) for voice in rng.permutation(sorted(self.said))]
        return set(voices[: len(voices) // 2]), set(voices[len(voices) // 2 :])

    def pair(self, rng: Rng) -> tuple[SoftText, SoftText]:
        """Two takes of a word."""
        words = self._some_voice(rng)
        again = [word for word, texts in words.items() if len(texts) > 1]
        texts = words[again[int(rng.integers(len(again)))]]
        one, other = rng.choice(len(texts), 2, replace=False)
        return texts[int(one)], texts[int(other)]

    def question(self, talk: Sequence[SoftText], rng: Rng) -> Question:
        """One utterance, and what it is compared with."""
        words = self._some_voice(rng)
        again = [word for word, texts in words.items() if len(texts) > 1]
        count = int(rng.choice(WORDS))
        label = [again[int(n)] for n in rng.integers(len(again), size=count)]
        pairs = {}
        for word in label:  # a word that comes twice has the same two takes: none is on both sides
            pairs[word] = [words[word][int(n)] for n in rng.permutation(len(words[word]))[:2]]
        other = label
        while other == label:
            every = [(word, text) for word, texts in words.items() for text in texts]
            drawn = [every[int(n)] for n in rng.integers(len(every), size=count)]
            other = [word for word, _ in drawn]
        return Question(
            together([pairs[word][0] for word in label]),
            together([pairs[word][1] for word in label]),
            together([text for _, text in drawn]),
            tuple(stretch(talk[int(n)], rng) for n in rng.integers(len(talk), size=STRETCHES)),
        )

    def _some_voice(self, rng: Rng) -> dict[str, list[SoftText]]:
        voices = list(self.said)
        return self.said[voices[int(rng.integers(len(voices)))]]


def together(texts: Sequence[SoftText]) -> SoftText:
    """Texts one after the other."""
    return SoftText(tuple(slot for text in texts for slot in text.slots))


def stretch(text: SoftText, rng: Rng) -> SoftText:
    """A piece of `text`, which has slots."""
    longest = len(text.slots)
    count = min(longest, int(np.exp(rng.uniform(*np.log(STRETCH)))))
    start = int(rng.integers(longest - count + 1))
    return SoftText(text.slots[start : start + count])
