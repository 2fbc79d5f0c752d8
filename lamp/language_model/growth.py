"""Growth: a trained model mapped onto a larger vocabulary, block and label size.

Trained parameters are never thrown away because the model grows. Every matrix is put into a larger
one, so that a text whose tokens stay what they were is answered as before; what is new is made
from what is there, scaled by a few scalars that are learned on new exchanges (after LiGO, Wang et
al. 2023, arXiv 2303.00980, where the whole linear operator is learned):

    E'[t] = (1 - own) (left E[l] + (1 - left) E[r]) + own code      for a token t = l r
    W'    = [W | attention W], repeated for places beyond the old block
    D'    = dense D_dense, grams D_grams                             what the polish found
    F'    = F                                                        counts of new inputs are zero

ways.py says how a model comes to its new size, and which way the trainer chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints
from .bit_cipher import codes
from .counts import Counts
from .encoder import Encoder
from .errors import SettingsInvalid
from .fitting import output_layer
from .grams import GramIndex
from .label_cipher import label_ciphers
from .model import LanguageModel
from .network import Weights
from .settings import Settings
from .tokenizer import Tokenizer

_FIRST_DOUBLING = 1_000  # exchanges
_MOST_DOUBLINGS = 3
_LONGER_BLOCK = 4  # tokens for each doubling


class Scalars(NamedTuple):
    """What the growth operator leaves open; the values here change no known text's answer.

    left: share of the left half in a new token's embedding.
    own: share of the new token's own code in it.
    attention: times W for places beyond the old block.
    dense, grams: times what the polish found for the dense contexts and for n-grams.
    """

    left: float = 0.5
    own: float = 0.3
    attention: float = 1.0
    dense: float = 1.0
    grams: float = 1.0


def sizes_at(settings: Settings, exchanges: int) -> Settings:
    """The sizes for a diary of so many exchanges: they double with it, from 1,000 on, thrice."""
    doublings = 0
    while doublings < _MOST_DOUBLINGS and exchanges >= _FIRST_DOUBLING * 2**doublings:
        doublings += 1
    bits = settings.bits + doublings
    return replace(
        settings,
        bits=bits,
        vocabulary=min(settings.vocabulary * 2**doublings, 2**bits - 1),
        block=settings.block + _LONGER_BLOCK * doublings,
        gram_capacity=settings.gram_capacity * 2**doublings,
    )


def grow(
    model: LanguageModel,
    settings: Settings,
    texts: Sequence[str] = (),
    actions: Sequence[str] | None = None,
    scalars: Scalars | None = None,
) -> LanguageModel:
    """The operator: ``model`` at the sizes of ``settings``. ``model`` itself stays as it is.

    Args:
        settings: no size smaller than the model's.
        texts: to learn new tokens from.
        actions: the model's, and perhaps new ones after them.
        scalars: of the operator; None for those that change no known answer.

    Raises:
        SettingsInvalid: something would shrink or is not a size, or an action is gone.
    """
    check(model.settings, settings)
    known = tuple(actions or model.actions)
    if known[: len(model.actions)] != model.actions:
        raise SettingsInvalid(f"actions must begin with {', '.join(model.actions)}; refit")
    old = model.encoder.tokenizer
    tokens = dict.fromkeys([*old.tokens, *known])
    tokenizer = Tokenizer(tuple(tokens), old.merges, known).extended(texts, settings.vocabulary)
    return mapped(model, settings, tokenizer, known, scalars or Scalars())


def check(old: Settings, new: Settings) -> None:
    """Nothing may shrink, and what is no size must stay.

    Raises:
        SettingsInvalid: it does.
    """
    for name in ("bits", "vocabulary", "block", "radial", "gram_capacity", "hidden"):
        if getattr(new, name) < getattr(old, name):
            raise SettingsInvalid(f"{name} cannot grow to less than {getattr(old, name)}; refit")
    if new.radii[: len(old.radii)] != old.radii or new.longest_gram != old.longest_gram:
        raise SettingsInvalid("radii and longest_gram cannot change while a model grows; refit")


def mapped(
    model: LanguageModel,
    settings: Settings,
    tokenizer: Tokenizer,
    actions: Sequence[str],
    scalars: Scalars,
) -> LanguageModel:
    """:func:`grow` with a tokenizer that is extended already."""
    old, weights = model.settings, model.weights
    index = GramIndex(settings.longest_gram, settings.gram_capacity, model.encoder.index.grams)
    vectors = _embeddings(model, settings, tokenizer, scalars)
    encoder = Encoder(settings, tokenizer, index, vectors)
    ciphers = label_ciphers(len(actions), max(settings.hidden or len(actions), model.hidden))
    hidden, width = ciphers.shape[1], vectors.shape[1]
    rows = np.concatenate([part * width + _places(old, settings) for part in range(3)])
    belief = output_layer(np.zeros((0, hidden)), np.zeros((0, len(actions))), ciphers, settings)
    belief[: model.hidden, : len(model.actions)] = weights.output
    larger = Weights(
        vectors,
        _repeated(weights.block, settings.block, scalars.attention),
        _repeated(weights.radial, settings.radial, scalars.attention),
        _put(weights.dense * scalars.dense, rows, (3 * width, hidden)),
        _put(weights.grams * scalars.grams, np.arange(len(weights.grams)), (None, hidden)),
        belief,
    )
    counts = _counts(model.counts, settings, ciphers, rows, 3 * width)
    return LanguageModel.of(actions, encoder, counts, larger, model.held_out, model.trained_to)


def _places(old: Settings, new: Settings) -> Ints:
    """Where each number of an old embedding stands in a new one: bits of a radius stay together."""
    parts = np.arange(1 + len(old.radii))
    return np.asarray((parts[:, None] * new.bits + np.arange(old.bits)).ravel())


def _embeddings(
    model: LanguageModel, settings: Settings, tokenizer: Tokenizer, scalars: Scalars
) -> Floats:
    """Old rows with zeros for new bits; new tokens from their halves and a code of their own."""
    old = model.encoder.embeddings
    parts = 1 + len(settings.radii)
    rows = np.zeros((len(tokenizer), settings.bits * parts))
    rows[: len(old), _places(model.settings, settings)] = old
    first = rows[:, : settings.bits] > 0
    taken = {tuple(np.flatnonzero(row).tolist()) for row in first[: len(old)]}
    unused = (code for code in codes(settings.bits) if code not in taken)
    id_of = {token: place for place, token in enumerate(tokenizer.tokens)}
    halves = {
        left + right: (id_of.get(left, 0), id_of.get(right, 0)) for left, right in tokenizer.merges
    }
    for place in range(len(old), len(tokenizer)):
        own = np.zeros((parts, settings.bits))
        code = next(unused)
        own[:, list(code)] = 1 / (len(code) * parts)
        left, right = halves.get(tokenizer.tokens[place], (0, 0))
        mixture = scalars.left * rows[left] + (1 - scalars.left) * rows[right]
        share = scalars.own if mixture.sum() > 0 else 1.0
        row = (1 - share) * mixture + share * own.ravel()
        rows[place] = row / row.sum()
    return rows


def _repeated(matrix: Floats, size: int, scale: float) -> Floats:
    """W as the leading submatrix of a larger one, whose other places repeat it, scaled."""
    places = np.arange(size) % len(matrix)
    larger = matrix[np.ix_(places, places)] * scale
    larger[: len(matrix), : len(matrix)] = matrix
    return np.asarray(larger)


def _put(matrix: Floats, rows: Ints, shape: tuple[int | None, int]) -> Floats:
    """``matrix`` in the given rows of a larger one of zeros; as many rows as it has for None."""
    larger = np.zeros((len(matrix) if shape[0] is None else shape[0], shape[1]))
    larger[rows, : matrix.shape[1]] = matrix
    return larger


def _counts(old: Counts, settings: Settings, ciphers: Floats, rows: Ints, inputs: int) -> Counts:
    """The same counts of the same inputs; of new inputs, units and actions nothing."""
    new = Counts.empty(settings, ciphers, inputs)
    hidden = old.labels.shape[1]
    new.dense.counts[rows, :hidden] = old.dense.counts
    new.grams.counts[: len(old.grams.counts), :hidden] = old.grams.counts
    new.actions.counts[: len(old.labels)] = old.actions.counts
    return Counts(settings, ciphers, new.dense, new.grams, new.actions)
