"""Batches for the embedding: what shall be alike and what apart, by the same person.

A batch is a few groups, each of one voice; in a group everything comes at least twice.

- Takes: a word, or two or three words one after the other, put together anew from other takes each
  time. Beside half of the phrases there is one that is nearly the same: the words in another order,
  or one of them another, or left out.
- Talk: stretches of `STRETCH_S` cut anywhere out of a clip, under two renderings, with edges that
  lie a little apart. Stretches of one clip that share most of their sound do not meet in a batch.

Alike are items of one label. Apart are items of one group, and of any two groups if one of them is
talk: other people's words tell the voice, and the voice is not to be learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.recipe.activations import STEP, WIDTH, Activations, Steps
from models.recipe.store import RATE, Source
from models.recipe.takes import Said

Rng = np.random.Generator
Floats = NDArray[np.float32]

LONGEST = 120  # steps of an item: 4.8 s
STRETCH_S = (0.4, 3.0)
EDGE_S = 0.06  # how far apart the edges of two renderings of a stretch may lie
MOST_SHARED = 0.5  # of two stretches of a clip
PHRASES = 0.4  # share of labels that are two or three words
TALK = 0.45  # share of groups that are talk
ITEMS = 56  # of a group
UNEVEN = 0.2  # spread of the tempo within an item, natural logarithm


@dataclass(frozen=True)
class Batch:
    """Padded activations and who is like whom.

    steps: [items, longest, WIDTH]; there: [items, longest]; alike, apart: [items, items].
    """

    steps: Floats
    there: Floats
    alike: NDArray[np.bool_]
    apart: NDArray[np.bool_]


@dataclass(frozen=True)
class Item:
    """One utterance of a batch."""

    steps: Steps
    label: tuple[str, ...]
    voice: str
    talk: bool


class Voices:
    """Renderings of one source, by voice and word (in talk: by clip): those that come twice.

    Args:
        folder: the store.
        source: clips.
        said: who says what; only these clips are used.
        talk: nobody knows what is said twice.
    """

    def __init__(self, folder: Path, source: Source, said: dict[int, Said], talk: bool) -> None:
        self.activations = Activations(folder, source.name)
        self.talk = talk
        self.lengths = [clip.length for clip in source.clips]
        self.words: dict[str, dict[str, list[int]]] = {}
        for number, place in enumerate(self.activations.places):
            if place.clip in said:
                self._add(said[place.clip], f"{place.clip}", number)
        for words in self.words.values():
            for word in [word for word, takes in words.items() if len(takes) < 2]:
                del words[word]  # nothing to be like
        self.words = {voice: words for voice, words in self.words.items() if len(words) > 1}

    def _add(self, said: Said, clip: str, number: int) -> None:
        word = clip if self.talk else said.word
        self.words.setdefault(said.voice, {}).setdefault(word, []).append(number)


class Draws:
    """Draws batches; `groups` voices in each."""

    def __init__(self, sources: list[Voices], shares: list[float], seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._takes = [(s, share) for s, share in zip(sources, shares, strict=True) if not s.talk]
        self._talk = [(s, share) for s, share in zip(sources, shares, strict=True) if s.talk]
        self._names = {id(s): sorted(s.words) for s in sources}

    def batch(self, groups: int) -> Batch:
        """At most `groups` groups of about `ITEMS` items, each of another voice."""
        items: list[Item] = []
        drawn: set[str] = set()
        while len(drawn) < groups:
            talk = bool(self._talk) and self._rng.random() < TALK
            source = self._some(self._talk if talk else self._takes)
            names = self._names[id(source)]
            voice = names[int(self._rng.integers(len(names)))]
            if voice in drawn:
                groups -= 1  # there may not be so many
                continue
            drawn.add(voice)
            items += self._stretches(source, voice) if talk else self._words(source, voice)
        return packed(items)

    def _some(self, sources: list[tuple[Voices, float]]) -> Voices:
        shares = np.array([share for _, share in sources])
        return sources[int(self._rng.choice(len(sources), p=shares / shares.sum()))][0]

    def _words(self, source: Voices, voice: str) -> list[Item]:
        """Words and phrases of one voice."""
        rng, words = self._rng, source.words[voice]
        names = list(words)
        items: list[Item] = []
        seen: set[tuple[str, ...]] = set()
        for _ in range(3 * ITEMS):
            if len(items) >= ITEMS:
                break
            count = int(rng.integers(2, 4)) if rng.random() < PHRASES else 1
            label = tuple(names[int(n)] for n in rng.integers(len(names), size=count))
            if label in seen:
                continue
            wanted = {label: None}
            if rng.random() < 0.5:
                wanted[self._nearly(label, names)] = None
            for one in (one for one in wanted if one not in seen):
                seen.add(one)
                copies = 3 if rng.random() < 0.3 else 2
                takes = [rng.permutation(words[word]) for word in one]
                for copy in range(copies):
                    numbers = [int(take[copy % len(take)]) for take in takes]
                    items.append(self._phrase(source, voice, one, numbers))
        return items

    def _nearly(self, label: tuple[str, ...], names: list[str]) -> tuple[str, ...]:
        """A phrase with something changed; a single word as it is."""
        if len(label) == 1:
            return label
        at, way = int(self._rng.integers(len(label))), int(self._rng.integers(3))
        other = (names[int(self._rng.integers(len(names)))],) if way == 1 else ()
        return label[::-1] if way == 0 else (*label[:at], *other, *label[at + 1 :])

    def _phrase(
        self, source: Voices, voice: str, label: tuple[str, ...], numbers: list[int]
    ) -> Item:
        """Renderings one after the other; where they meet, some of the silence is cut."""
        parts = [source.activations.steps(number) for number in numbers]
        for at in range(len(parts) - 1):
            parts[at] = parts[at][: len(parts[at]) - int(self._rng.integers(0, 7))]
        steps = unevenly(self._rng, np.concatenate(parts))[:LONGEST]
        return Item(steps, (source.activations.name, voice, *label), voice, False)

    def _stretches(self, source: Voices, voice: str) -> list[Item]:
        """Stretches of a few clips of one voice, each under two renderings."""
        rng, clips = self._rng, source.words[voice]
        names = list(clips)
        items: list[Item] = []
        for _ in range(3 * ITEMS):
            if len(items) >= ITEMS:
                break
            clip = names[int(rng.integers(len(names)))]
            whole = source.lengths[int(clip)] / RATE
            taken: list[tuple[float, float]] = [
                (float(item.label[3]), float(item.label[4]))
                for item in items if item.label[2] == clip
            ]  # fmt: skip
            for _ in range(int(rng.integers(1, 4))):
                length = min(whole, float(np.exp(rng.uniform(*np.log(STRETCH_S)))))
                start = float(rng.uniform(0, whole - length))
                if length < 0.8 * STRETCH_S[0] or any(
                    shared((start, start + length), other) > MOST_SHARED for other in taken
                ):
                    continue
                taken.append((start, start + length))
                label = (source.activations.name, voice, clip, f"{start}", f"{start + length}")
                for number in rng.permutation(clips[clip])[:2]:
                    steps = self._cut(source, int(number), start, start + length)
                    items.append(Item(steps, label, voice, True))
        return items

    def _cut(self, source: Voices, number: int, start: float, end: float) -> Steps:
        """A stretch (in seconds of the clip) of a rendering."""
        place = source.activations.places[number]
        jitter = self._rng.uniform(-EDGE_S, EDGE_S, 2)
        first, last = (
            round(place.offset + (second * RATE / STEP) / place.speed)
            for second in (start + jitter[0], end + jitter[1])
        )
        first = min(max(0, first), place.length - 4)
        steps = source.activations.steps(number, first, max(first + 4, last + 1))
        return unevenly(self._rng, steps)[:LONGEST]


def unevenly(rng: Rng, steps: Steps) -> Steps:
    """Steps at a tempo that comes and goes: no two takes are equally fast throughout."""
    knots = rng.normal(0, UNEVEN, 2 + len(steps) // 6)
    places = np.linspace(0, len(knots) - 1, len(steps))
    durations = np.exp(np.interp(places, np.arange(len(knots)), knots))
    ends = np.cumsum(durations)
    wanted: Steps = steps[np.searchsorted(ends, np.arange(max(1, int(ends[-1]))) + 0.5)]
    return wanted


def shared(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Share of the two stretches together that both have."""
    both = min(one[1], other[1]) - max(one[0], other[0])
    return max(0.0, both) / (max(one[1], other[1]) - min(one[0], other[0]))


def packed(items: list[Item]) -> Batch:
    """Pad, and say who is alike and who apart."""
    longest = max(len(item.steps) for item in items)
    steps = np.zeros((len(items), longest, WIDTH), dtype=np.float32)
    there = np.zeros((len(items), longest), dtype=np.float32)
    for row, item in enumerate(items):
        steps[row, : len(item.steps)] = item.steps
        there[row, : len(item.steps)] = 1
    labels = {label: n for n, label in enumerate(dict.fromkeys(item.label for item in items))}
    voices = {voice: n for n, voice in enumerate(dict.fromkeys(item.voice for item in items))}
    label = np.array([labels[item.label] for item in items])
    voice = np.array([voices[item.voice] for item in items])
    talk = np.array([item.talk for item in items])
    same = label[:, None] == label[None]
    met = (voice[:, None] == voice[None]) | talk[:, None] | talk[None]
    alike = same & ~np.eye(len(items), dtype=bool)
    return Batch(steps, there, alike, met & ~same)
