"""From a labelled text to the features the layers read.

>>> said = [Example("lamp on", 1, before=("<dark>",)), Example("good night", 2)]
>>> actions = ("<none>", "<lit>", "<dark>")
>>> encoder, encoded = Encoder.train(said, actions, Settings(bits=5, vocabulary=31, radii=(1,)))
>>> [encoder.tokenizer.tokens[token] for token in encoded[0].contexts.document]
['<dark>', 'l', 'a', 'm', 'p', ' ', 'o', 'n']
>>> encoder.embeddings.shape  # 5 bits of a bit cipher, 5 of a co-occurrence cipher
(16, 10)
>>> features = encoder.features(encoded, no_attention(encoder.settings))
>>> features.dense.shape, len(features.grams.columns), len(encoder.index)
((2, 30), 66, 63)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints
from .contexts import Attention, Contexts, comparison_cache, context_features, contexts_of
from .embeddings import embeddings, ranked_ciphers
from .features import Features, SparseRows
from .settings import Settings
from .text import GramIndex, Text, Tokenizer, best_text

_MOST_BEFORE = 256  # tokens of the dialogue; what was said before them says nothing any more


class Example(NamedTuple):
    """One labelled exchange.

    text: what was heard.
    label: index into the model's actions: what the text asked for.
    weight: how often it counts; negative in ``observe`` takes an earlier example back.
    before: tokens that stand before this utterance in the dialogue, oldest first: words and
        action tokens (such as ``<lit>``); may be empty.
    offset: what speaks for each action beside the text, in nats, added to the logits; empty for
        nothing. The model learns what the offset gets wrong.
    stands_for: how many examples like it, of which it is the one that is shown, the correction
        is fitted for.
    """

    text: Text
    label: int
    weight: float = 1.0
    before: tuple[str, ...] = ()
    offset: tuple[float, ...] = ()
    stands_for: float = 1.0


class Encoded(NamedTuple):
    """One exchange as numbers: token contexts, and the (ids, values) of its n-grams."""

    contexts: Contexts
    grams: tuple[Ints, Floats]


class Encoder:
    """Tokenizer, n-gram index and embeddings, made together and used together.

    Args:
        embeddings: E, (tokens, w).
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
    ) -> tuple[Encoder, list[Encoded]]:
        """Learn tokens, embeddings and n-grams from the texts, and encode them on the way.

        Labels are not looked at.
        """
        texts = (best_text(example.text) for example in examples)
        tokenizer = Tokenizer.train(texts, settings.vocabulary, actions)
        index = GramIndex(settings.longest_gram, settings.gram_capacity)
        encoded = [
            Encoded(
                _contexts(example.text, example.before, tokenizer, settings),
                index.learn(example.text),
            )
            for example in examples
        ]
        documents = [exchange.contexts.document for exchange in encoded]
        rows = ranked_ciphers(tokenizer.tokens, documents, settings.bits)
        vectors = embeddings(rows, documents, settings.radii)
        vectors[0] = 0  # <unk> was never seen and says nothing [O]
        return cls(settings, tokenizer, index, vectors), encoded

    def encode(self, text: Text, before: Sequence[str] = ()) -> Encoded:
        """One exchange as numbers."""
        contexts = _contexts(text, before, self.tokenizer, self.settings)
        return Encoded(contexts, self.index.row(text))

    def learn(self, text: Text, before: Sequence[str] = ()) -> Encoded:
        """The same, after new n-grams got their ids; tokens stay what they are."""
        contexts = _contexts(text, before, self.tokenizer, self.settings)
        return Encoded(contexts, self.index.learn(text))

    def features(self, encoded: Sequence[Encoded], attention: Attention) -> Features:
        """Inputs of the hidden layer for one or more exchanges."""
        contexts = [exchange.contexts for exchange in encoded]
        dense = context_features(contexts, self.embeddings, self.cache, attention).dense
        return Features(dense, SparseRows.stack([exchange.grams for exchange in encoded]))


def no_attention(settings: Settings) -> Attention:
    """W = 0: attention to all tokens alike."""
    return Attention(
        np.zeros((settings.block, settings.block)), np.zeros((settings.radial, settings.radial))
    )


def _contexts(
    text: Text, before: Sequence[str], tokenizer: Tokenizer, settings: Settings
) -> Contexts:
    return contexts_of(
        tokenizer.encode_dialogue(before[-_MOST_BEFORE:]),
        tokenizer.encode(best_text(text)),
        settings.block,
        settings.radial,
    )
