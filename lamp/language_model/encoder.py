"""From text to what the network reads: token contexts and n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints
from .attention import comparison_cache
from .bit_cipher import cipher_rows
from .contexts import Contexts, contexts_of
from .cooccurrence import embeddings
from .examples import Example
from .grams import GramIndex
from .network import Batch
from .settings import Settings
from .sparse import SparseRows
from .tokenizer import Tokenizer

_MOST_BEFORE = 256  # tokens of the dialogue; what was said before them says nothing any more


class Encoded(NamedTuple):
    """One exchange as numbers: token contexts, and the (ids, values) of its n-grams."""

    contexts: Contexts
    grams: tuple[Ints, Floats]


class Encoder:
    """Tokenizer, n-gram index and embeddings, made together and used together.

    Args:
        embeddings: E, (tokens, width).
    """

    def __init__(
        self, settings: Settings, tokenizer: Tokenizer, index: GramIndex, embeddings: Floats
    ) -> None:
        self.settings = settings
        self.tokenizer = tokenizer
        self.index = index
        self.embeddings = embeddings
        self.cache = comparison_cache(embeddings)

    @classmethod
    def train(
        cls, examples: Sequence[Example], actions: Sequence[str], settings: Settings
    ) -> Encoder:
        """Learn tokens, their embeddings and n-grams from the texts; labels are not looked at."""
        return cls.train_and_encode(examples, actions, settings)[0]

    @classmethod
    def train_and_encode(
        cls, examples: Sequence[Example], actions: Sequence[str], settings: Settings
    ) -> tuple[Encoder, list[Encoded]]:
        """The same, and the examples as the encoder sees them, without a second look."""
        tokenizer = Tokenizer.train(
            (example.text for example in examples), settings.vocabulary, actions
        )
        index = GramIndex(settings.longest_gram, settings.gram_capacity)
        encoded = [_encoded(each, tokenizer, index.learn(each.text), settings) for each in examples]
        documents = [each.contexts.document for each in encoded]
        rows = _ranked_ciphers(tokenizer, documents, settings.bits)
        vectors = embeddings(rows, documents, settings.radii)
        vectors[0] = 0  # <unk> was never seen and says nothing [O]
        return cls(settings, tokenizer, index, vectors), encoded

    def learn(self, examples: Sequence[Example]) -> list[Encoded]:
        """Give ids to new n-grams of ``examples`` and encode them; tokens stay what they are."""
        return [
            _encoded(each, self.tokenizer, self.index.learn(each.text), self.settings)
            for each in examples
        ]

    def encode(self, text: str, before: Sequence[str] = ()) -> Encoded:
        """One exchange as numbers."""
        example = Example(text, 0, before=tuple(before))
        return _encoded(example, self.tokenizer, self.index.row(text), self.settings)


def batch_of(encoded: Sequence[Encoded]) -> Batch:
    """Encoded exchanges as one batch."""
    grams = SparseRows.stack([each.grams for each in encoded])
    return Batch.of([each.contexts for each in encoded], grams)


def _encoded(
    example: Example, tokenizer: Tokenizer, grams: tuple[Ints, Floats], settings: Settings
) -> Encoded:
    contexts = contexts_of(
        tokenizer.encode_dialogue(example.before[-_MOST_BEFORE:]),
        tokenizer.encode(example.text),
        settings.block,
        settings.radial,
    )
    return Encoded(contexts, grams)


def _ranked_ciphers(tokenizer: Tokenizer, documents: Sequence[Ints], bits: int) -> Floats:
    """A cipher for each token: the more frequent, the shorter its code; ties by text [O].

    ``<unk>`` was never seen in training and ranks last, with a code of its own [O].
    """
    counts = np.bincount(
        np.concatenate([*documents, np.zeros(0, np.int64)]), minlength=len(tokenizer)
    )
    order = sorted(
        range(1, len(tokenizer)), key=lambda token: (-counts[token], tokenizer.tokens[token])
    )
    rows = np.zeros((len(tokenizer), bits))
    rows[[*order, 0]] = cipher_rows(len(tokenizer), bits)
    return rows
