"""A text becomes tokens (pieces of words) and n-grams (short runs of letters).

Tokens are learned by byte-pair encoding (Sennrich et al. 2016): words start as their letters, and
the most frequent pair of neighbours becomes one token, again and again.

>>> tokenizer = Tokenizer.train(["lamp on", "lamp off"], 13, specials=())
>>> tokenizer.merges
((' ', 'o'), ('a', 'm'), ('am', 'p'), ('l', 'amp'))
>>> [tokenizer.tokens[token] for token in tokenizer.encode("lamp of")]
['lamp', ' o', 'f']

N-grams survive a listener that spells the same sentence a little differently every time [O]. A
certain text has each of its n-grams with weight 1; a text that is in doubt may say how likely each
of them is. Their row has Euclidean length one where all is certain:

>>> grams("on", 2)
{' ': 1.0, 'o': 1.0, 'n': 1.0, ' o': 1.0, 'on': 1.0, 'n ': 1.0}
>>> index = GramIndex(longest=2, capacity=100)
>>> _ = index.learn("on")
>>> ids, values = index.row("no")  # n-grams that are not known have no entry, but count
>>> [index.grams[gram] for gram in ids], values.round(2).tolist()
([' ', 'n', 'o'], [0.41, 0.41, 0.41])
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, repeat
from typing import Protocol, TypeAlias

import numpy as np

from .arrays import Floats, Ints

UNKNOWN = "<unk>"
_WORD = re.compile(r" ?[^ ]+| +")  # a word keeps the space before it, so that joining decodes
_MOST_CACHED_WORDS = 20_000
_MOST_WORDS_TO_MERGE = 5_000  # the most frequent ones; misspelt rarities do not decide what is

Pair = tuple[str, str]


class SoftText(Protocol):
    """A text of which not every letter is certain."""

    @property
    def best(self) -> str:
        """The likeliest spelling; tokens are cut from it."""

    def grams(self, longest: int) -> Mapping[str, float]:
        """How likely each n-gram of 1..``longest`` characters is, 0..1; a space at either end."""


Text: TypeAlias = str | SoftText


def best_text(text: Text) -> str:
    """The text as one plain string."""
    return text if isinstance(text, str) else text.best


def grams(text: Text, longest: int) -> Mapping[str, float]:
    """The distinct n-grams of 1..``longest`` characters and the weight of each, 0..1.

    This is the one place where a text becomes n-grams.
    """
    if not isinstance(text, str):
        return text.grams(longest)
    padded = f" {text} "  # the spaces mark where words begin and end
    runs = list(padded)
    found = runs
    for size in range(1, longest):
        # Each run grows by the letter that follows it: "o" + "n", "on" + " " ...
        runs = [run + letter for run, letter in zip(runs, padded[size:], strict=False)]
        found = found + runs
    return dict.fromkeys(found, 1.0)


class GramIndex:
    """Gives ids to n-grams as they are first learned, up to ``capacity``; later ones stay unknown.

    Args:
        longest: characters of the longest n-gram.
        capacity: how many n-grams are told apart at most.
        grams: n-grams that have ids already, in the order of their ids.
    """

    def __init__(self, longest: int, capacity: int, grams: Iterable[str] = ()) -> None:
        self.longest = longest
        self.capacity = capacity
        self._id_of = {gram: index for index, gram in enumerate(grams)}

    def __len__(self) -> int:
        return len(self._id_of)

    @property
    def grams(self) -> tuple[str, ...]:
        """All n-grams that have an id, in the order of their ids."""
        return tuple(self._id_of)

    def learn(self, text: Text) -> tuple[Ints, Floats]:
        """Give ids to the n-grams of ``text`` that have none, while there is room.

        Returns:
            Its row, as :meth:`row` gives it now and ever after.
        """
        found = grams(text, self.longest)
        for gram in found:
            if gram not in self._id_of:
                if len(self._id_of) >= self.capacity:
                    break
                self._id_of[gram] = len(self._id_of)
        return self._row(found)

    def row(self, text: Text) -> tuple[Ints, Floats]:
        """The ids of the n-grams of ``text`` that are known, and the value of each."""
        return self._row(grams(text, self.longest))

    def _row(self, found: Mapping[str, float]) -> tuple[Ints, Floats]:
        ids = np.fromiter(map(self._id_of.get, found, repeat(-1)), np.int64, len(found))
        weights = np.fromiter(found.values(), np.float64, len(found))
        known = ids >= 0
        # All n-grams divide, known or not, so a text of which nothing is known has an empty row.
        # Divided by the root of their expected number, not by their Euclidean length, a text in
        # doubt keeps its L1 norm and only speaks less clearly [O].
        return ids[known], weights[known] / math.sqrt(max(sum(found.values()), 1e-12))


class Tokenizer:
    """Turns text into token ids; joining the tokens gives back the text.

    Args:
        tokens: all tokens; a token's id is its index. The first is ``<unk>``, which stands for
            every character that the training texts did not have.
        merges: the pairs that were merged, in the order in which they are merged again.
        specials: tokens that are looked up whole, never cut (the actions).
    """

    def __init__(
        self, tokens: Sequence[str], merges: Sequence[Pair], specials: Sequence[str] = ()
    ) -> None:
        self.tokens = tuple(tokens)
        self.merges = tuple(merges)
        self.specials = tuple(specials)
        self._id_of = {token: index for index, token in enumerate(self.tokens)}
        self._rank_of = {pair: rank for rank, pair in enumerate(self.merges)}
        self._cache: dict[str, list[int]] = {}

    @classmethod
    def train(cls, texts: Iterable[str], most_tokens: int, specials: Sequence[str]) -> Tokenizer:
        """Learn the merges from ``texts``, at most ``most_tokens`` tokens in all.

        If there are more characters than that, the most frequent stay. A pair is merged only
        if it was seen at least twice. Ties go to the pair that is first in the alphabet [O].
        """
        return cls([UNKNOWN, *specials], (), specials).extended(texts, most_tokens)

    def extended(self, texts: Iterable[str], most_tokens: int) -> Tokenizer:
        """This tokenizer with more tokens; those it has keep their ids and are merged first."""
        words = Counter(word for text in texts for word in _WORD.findall(text))
        letters: Counter[str] = Counter()
        for word, count in words.items():
            for letter in word:
                letters[letter] += count
        room = max(0, most_tokens - len(self))
        new = [letter for letter in letters if letter not in self._id_of]
        kept = sorted(new, key=lambda letter: (-letters[letter], letter))[:room]
        frequent = dict(words.most_common(_MOST_WORDS_TO_MERGE))
        spelled = {word: self._merged(word) for word in frequent}
        merges = _learn_merges(Counter(frequent), spelled, room - len(kept))
        joined = (first + second for first, second in merges)
        tokens = dict.fromkeys([*self.tokens, *sorted(kept), *joined])
        return Tokenizer(tuple(tokens), [*self.merges, *merges], self.specials)

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> Ints:
        """The token ids of ``text``; a text without characters is one ``<unk>``."""
        ids = [token for word in _WORD.findall(text) for token in self._encode_word(word)]
        return np.array(ids or [0], dtype=np.int64)

    def encode_dialogue(self, tokens: Sequence[str]) -> list[int]:
        """The ids of dialogue tokens: actions whole, words cut as in :meth:`encode`."""
        ids: list[int] = []
        for token in tokens:
            if token in self.specials:
                ids.append(self._id_of[token])
            else:
                ids.extend(self._encode_word(" " + token))
        return ids

    def _encode_word(self, word: str) -> list[int]:
        cached = self._cache.get(word)
        if cached is None:
            cached = [self._id_of.get(piece, 0) for piece in self._merged(word)]
            if len(self._cache) >= _MOST_CACHED_WORDS:
                self._cache.clear()
            self._cache[word] = cached
        return cached

    def _merged(self, word: str) -> list[str]:
        """``word`` cut into pieces: the earliest learned merge first, until none applies."""
        pieces = list(word)
        rank, never = self._rank_of.get, len(self.merges)
        while len(pieces) > 1:
            first = min([rank(pair, never) for pair in pairwise(pieces)])
            if first == never:
                break
            pieces = _merge(pieces, self.merges[first])
        return pieces


def _merge(pieces: Sequence[str], pair: Pair) -> list[str]:
    """``pieces`` with every occurrence of ``pair`` joined, from the left.

    >>> _merge(["a", "a", "a"], ("a", "a"))
    ['aa', 'a']
    """
    first, second = pair
    merged: list[str] = []
    for piece in pieces:
        # What was just joined is longer than ``first``, so it is not joined again.
        if piece == second and merged and merged[-1] == first:
            merged[-1] = first + second
        else:
            merged.append(piece)
    return merged


def _learn_merges(words: Counter[str], spelled: dict[str, list[str]], most: int) -> list[Pair]:
    """Up to ``most`` merges; only the words that hold the merged pair are counted again.

    Args:
        words: how often each is there.
        spelled: the pieces of each word; changed as they are merged.
    """
    counts: Counter[Pair] = Counter()
    words_with: dict[Pair, set[str]] = {}
    for word, pieces in spelled.items():
        _count_pairs(word, pieces, words[word], counts, words_with)
    merges: list[Pair] = []
    while len(merges) < most and counts:
        most_often = max(counts.values())
        if most_often < 2:
            break
        pair = min(pair for pair, count in counts.items() if count == most_often)
        merges.append(pair)
        for word in words_with.pop(pair):
            # Take back the pairs of the old spelling, count those of the new one.
            _count_pairs(word, spelled[word], -words[word], counts, {})
            spelled[word] = _merge(spelled[word], pair)
            _count_pairs(word, spelled[word], words[word], counts, words_with)
        del counts[pair]
    return merges


def _count_pairs(
    word: str,
    pieces: list[str],
    count: int,
    counts: Counter[Pair],
    words_with: dict[Pair, set[str]],
) -> None:
    for pair in pairwise(pieces):
        counts[pair] += count
        words_with.setdefault(pair, set()).add(word)
