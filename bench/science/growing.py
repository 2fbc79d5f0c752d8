"""The growth operator: a trained model mapped onto a larger vocabulary and block.

Trained parameters are never thrown away because the model grows. Every matrix is put into a larger
one, so that a text whose tokens stay what they were is answered as before; what is new is made
from what is there, scaled by a few scalars that are learned on new exchanges (after LiGO, Wang et
al. 2023, arXiv 2303.00980, where the whole linear operator is learned):

    E'[t] = (1 - own) (left E[l] + (1 - left) E[r]) + own code      for a token t = l r
    W'    = [W | attention W], repeated for places beyond the old block
    D'    = dense D_dense, grams D_grams                             what was refined
    F'    = F                                                        counts of new inputs are zero

Two ways lead from there to the next model. *grown* is the operator alone, its scalars learned on
what was said since, and that counted. *blended* keeps the grown tokens and embeddings, counts all
exchanges again, and refines on from what the last refinement found. The lamp does neither: it
refits; docs/science.md says what that costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lamp.language_model import Budget, Example, LanguageModel, Settings, SettingsInvalid
from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.closed_form import output_layer
from lamp.language_model.contexts import Attention
from lamp.language_model.counts import Counts
from lamp.language_model.embeddings import codes, label_ciphers
from lamp.language_model.encoder import Encoder
from lamp.language_model.features import Layer
from lamp.language_model.fitting import FitResult, TrainingSet, fit_closed_form
from lamp.language_model.refine import refined
from lamp.language_model.text import GramIndex, Tokenizer

_MOST_JUDGES = 60  # exchanges that the scalars are learned on
_FEWEST_JUDGES = 10
_ROUNDS = 2  # through all scalars, the second time with half the steps


class Scalars(NamedTuple):
    """What the growth operator leaves open; the values here change no known text's answer.

    left: share of the left half in a new token's embedding.
    own: share of the new token's own code in it.
    attention: times W for places beyond the old block.
    dense, grams: times the correction of the dense contexts and of n-grams.
    """

    left: float = 0.5
    own: float = 0.3
    attention: float = 1.0
    dense: float = 1.0
    grams: float = 1.0


_STEPS = Scalars(left=0.3, own=0.25, attention=0.5, dense=0.3, grams=0.2)  # of the search


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


def grown(
    model: LanguageModel, new: Sequence[Example], settings: Settings, budget: Budget
) -> LanguageModel:
    """The operator, with scalars learned on exchanges that ``model`` does not know, then those
    counted. The cost depends on the new exchanges only.

    Args:
        model: stays as it is.
        new: exchanges since it was made, oldest first.
        settings: no size smaller than the model's.
        budget: asked before each value that is tried for a scalar.

    Raises:
        SettingsInvalid: something would shrink, or is not a size.
    """
    check(model.settings, settings)
    texts = [example.text for example in new]
    tokenizer = model.encoder.tokenizer.extended(texts, settings.vocabulary)

    def surprise(scalars: Scalars) -> float:
        larger = mapped(model, settings, tokenizer, model.actions, scalars)
        return larger.score(new[-_MOST_JUDGES:]).cross_entropy

    best = _search(surprise, budget) if len(new) >= _FEWEST_JUDGES else Scalars()
    larger = mapped(model, settings, tokenizer, model.actions, best)
    for example in new:
        larger.observe(example)
    return larger


def blended(
    model: LanguageModel, examples: Sequence[Example], settings: Settings, budget: Budget
) -> LanguageModel:
    """Tokens and embeddings from the operator; counts and correction from all exchanges.

    Args:
        model: stays as it is.
        examples: all labelled exchanges, oldest first.
        settings: no size smaller than the model's.
        budget: asked before each step of the refinement.

    Raises:
        SettingsInvalid: something would shrink, or is not a size.
    """
    used = [example for example in examples if example.weight > 0]
    larger = grow(model, settings, [example.text for example in used])
    encoded = [larger.encoder.learn(example.text, example.before) for example in used]
    closed, objective = fit_closed_form(TrainingSet.of(larger.encoder, encoded, used))
    start, known = closed.correction.zeros_like(), larger.fitted.correction
    start.dense[:] = known.dense
    start.grams[: len(known.grams)] = known.grams
    correction = refined(objective, settings.l2, budget, start)
    fitted = replace(closed, correction=correction)
    return LanguageModel(model.actions, larger.encoder, fitted, model.held_out)


def check(old: Settings, new: Settings) -> None:
    """Nothing may shrink, and what is no size must stay.

    Raises:
        SettingsInvalid: it does.
    """
    for name in ("bits", "vocabulary", "block", "radial", "gram_capacity"):
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
    old, fitted = model.settings, model.fitted
    index = GramIndex(settings.longest_gram, settings.gram_capacity, model.encoder.index.grams)
    vectors = _embeddings(model, settings, tokenizer, scalars)
    encoder = Encoder(settings, tokenizer, index, vectors)
    units, width, none = len(actions), vectors.shape[1], np.zeros((0, len(actions)))
    rows = np.concatenate([part * width + _places(old, settings) for part in range(3)])
    output = output_layer(none, none, label_ciphers(units), settings.output_prior)
    output[: len(model.actions), : len(model.actions)] = fitted.output
    block, radial = fitted.attention
    dense, grams = fitted.correction
    larger = FitResult(
        Attention(
            _repeated(block, settings.block, scalars.attention),
            _repeated(radial, settings.radial, scalars.attention),
        ),
        _counts(model.counts, settings, rows, units, 3 * width),
        Layer(
            _put(dense * scalars.dense, rows, 3 * width, units),
            _put(grams * scalars.grams, np.arange(len(grams)), len(grams), units),
        ),
        output,
    )
    return LanguageModel(actions, encoder, larger, model.held_out, model.trained_to)


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
    id_of = {token: index for index, token in enumerate(tokenizer.tokens)}
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


def _put(matrix: Floats, rows: Ints, inputs: int, units: int) -> Floats:
    """``matrix`` in the given rows and the first columns of a larger one of zeros."""
    larger = np.zeros((inputs, units))
    larger[rows, : matrix.shape[1]] = matrix
    return larger


def _counts(old: Counts, settings: Settings, rows: Ints, actions: int, inputs: int) -> Counts:
    """The same counts of the same inputs; of new inputs and actions nothing."""
    new, known = Counts.empty(settings, actions, inputs), len(old.ciphers)
    new.dense.units[rows, :known] = old.dense.units
    new.grams.units[: len(old.grams.units), :known] = old.grams.units
    new.actions.units[:known] = old.actions.units
    return Counts(settings, new.dense, new.grams, new.actions)


def _search(surprise: Callable[[Scalars], float], budget: Budget) -> Scalars:
    """Scalars with little surprise: one after the other, a step up or down, then half steps."""
    best = Scalars()
    least = surprise(best)
    for finer in range(_ROUNDS):
        for name, step in _STEPS._asdict().items():
            for signed in (step / 2**finer, -step / 2**finer):
                if budget.fraction() >= 1:
                    return best
                value = float(np.clip(getattr(best, name) + signed, 0.0, 2.0))
                if name in ("left", "own"):
                    value = min(value, 1.0)
                tried = best._replace(**{name: value})
                found = surprise(tried)
                if found < least:
                    best, least = tried, found
                    break
    return best
