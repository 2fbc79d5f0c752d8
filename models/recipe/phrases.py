"""What people say again: their words, phrases put together from them as sound, pieces of talk.

A phrase is two to four words of a person, each time from other clips, with short pauses between.
Beside each phrase stands a near one: a word of it is another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.recipe.store import RATE, Samples, Source
from models.recipe.takes import held_out, said_in

Rng = np.random.Generator
Words = dict[str, list[int]]  # clip numbers by word

WORDS = (2, 3, 4)  # in a phrase, each as likely as the next
TAKES, NEAR_TAKES = 3, 2  # of a phrase and of the near one
PAUSE_S = (0.02, 0.2)  # between two words of a phrase
STRETCH_S = (0.4, 4.0)  # of talk, drawn evenly in the logarithm
QUIET = 0.15  # of its clip's loudness: a stretch below is a pause


@dataclass(frozen=True)
class Sound:
    """Something to be heard; `words` is empty in talk."""

    voice: str
    words: tuple[str, ...]
    samples: Samples


def voices_in(source: Source, pattern: str, hold: int) -> dict[str, Words]:
    """Clips by voice and word, of people whom an embedding trained with `--hold` has not heard."""
    found: dict[str, Words] = defaultdict(lambda: defaultdict(list))
    for number, said in said_in(source, pattern).items():
        if held_out(source, number, said, hold):
            found[said.voice][said.word].append(number)
    return {voice: dict(words) for voice, words in sorted(found.items())}


def words_of(source: Source, voice: str, words: Words, takes: int, rng: Rng) -> Iterator[Sound]:
    """At most `takes` of each word."""
    for word, numbers in sorted(words.items()):
        for number in rng.permutation(numbers)[:takes]:
            yield Sound(voice, (word,), source.samples(int(number)))


def phrases_of(source: Source, voice: str, words: Words, count: int, rng: Rng) -> Iterator[Sound]:
    """`count` phrases and their near ones, each several times; no clip is in two takes of one."""
    again = sorted(word for word, numbers in words.items() if len(numbers) > 1)
    if len(again) < 2:
        return
    for _ in range(count):
        phrase = [str(word) for word in rng.choice(again, int(rng.choice(WORDS)))]
        for said, takes in ((phrase, TAKES), (near(phrase, again, rng), NEAR_TAKES)):
            shuffled = {word: rng.permutation(words[word]) for word in sorted(set(said))}
            for take in range(min(takes, *map(len, shuffled.values()))):
                clips = [source.samples(int(shuffled[word][take])) for word in said]
                yield Sound(voice, tuple(said), spoken(clips, rng))


def near(phrase: Sequence[str], words: Sequence[str], rng: Rng) -> list[str]:
    """`phrase` with another word in one place."""
    place = int(rng.integers(len(phrase)))
    others = [word for word in words if word != phrase[place]]
    changed = list(phrase)
    changed[place] = others[int(rng.integers(len(others)))]
    return changed


def spoken(clips: Sequence[Samples], rng: Rng) -> Samples:
    """Clips one after the other, with pauses."""
    parts = []
    for clip in clips:
        parts += [clip, np.zeros(int(RATE * rng.uniform(*PAUSE_S)), np.float32)]
    return np.concatenate(parts)


def talk_in(source: Source, count: int, hold: int, rng: Rng) -> Iterator[Sound]:
    """About `count` pieces cut out anywhere of clips that were held back; no pauses."""
    said = said_in(source, "")
    clips = [number for number, who in said.items() if held_out(source, number, who, hold)]
    for number in rng.choice(clips, count) if clips else ():
        clip = source.samples(int(number))
        length = min(len(clip), int(RATE * np.exp(rng.uniform(*np.log(STRETCH_S)))))
        start = int(rng.integers(len(clip) - length + 1))
        piece = clip[start : start + length]
        if np.square(piece).mean() > QUIET**2 * np.square(clip).mean():
            yield Sound(said[int(number)].voice, (), piece)
