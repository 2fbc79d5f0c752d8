"""Byte-pair encoding over characters: the pieces of words that the attention contexts see.

A text is cut into words that keep the space before them; each word starts as its characters, and
the pair of neighbours that is most frequent in the training texts becomes one token, again and
again (Sennrich et al. 2016). Pairs never cross words, so decoding is joining.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from .arrays import Ints

UNKNOWN = "<unk>"
_WORD = re.compile(r" ?[^ ]+| +")
_MOST_CACHED_WORDS = 20_000
_MOST_WORDS_TO_MERGE = 5_000  # the most frequent ones; misspelt rarities do not decide what is

Pair = tuple[str, str]


class Tokenizer:
    """Turns text into token ids and back.

    Args:
        tokens: all tokens; a token's id is its place. The first is ``<unk>``, which stands for
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
        self._id_of = {token: place for place, token in enumerate(self.tokens)}
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
        """This tokenizer with more tokens, learned as in :meth:`train`; ids stay what they are.

        New merges join what the old ones leave, so a text that has none of the new tokens is cut
        as before.
        """
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

    def decode(self, ids: Iterable[int]) -> str:
        """The text of token ids: the inverse of :meth:`encode` for known characters."""
        return "".join(self.tokens[token] for token in ids)

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
    """``pieces`` with every occurrence of ``pair`` joined, from the left."""
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
    homes: dict[Pair, set[str]] = {}
    for word, pieces in spelled.items():
        _count_pairs(word, pieces, words[word], counts, homes)
    merges: list[Pair] = []
    while len(merges) < most and counts:
        most_often = max(counts.values())
        if most_often < 2:
            break
        pair = min(pair for pair, count in counts.items() if count == most_often)
        merges.append(pair)
        for word in homes.pop(pair):
            _count_pairs(word, spelled[word], -words[word], counts, {})
            spelled[word] = _merge(spelled[word], pair)
            _count_pairs(word, spelled[word], words[word], counts, homes)
        del counts[pair]
    return merges


def _count_pairs(
    word: str, pieces: list[str], count: int, counts: Counter[Pair], homes: dict[Pair, set[str]]
) -> None:
    for pair in pairwise(pieces):
        counts[pair] += count
        homes.setdefault(pair, set()).add(word)
