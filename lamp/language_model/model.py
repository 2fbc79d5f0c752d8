"""The language model: what was said, and which of a few action tokens comes next.

>>> model = LanguageModel.fresh(("<none>", "<lit>", "<dark>"))
>>> model.predict("lumos").round(3).tolist()  # it never saw <lit> or <dark>: no chance
[1.0, 0.0, 0.0]
>>> lumos = Example("lumos", 1, before=("<dark>",))
>>> model.observe(Example("what a day", 0))
>>> model.observe(lumos)
>>> model.predict("lumos").round(2).tolist()  # told once, heard again
[0.18, 0.82, 0.0]
>>> model.observe(lumos._replace(weight=-1.0))  # taken back: as if it had never been
>>> model.predict("lumos").round(3).tolist()
[1.0, 0.0, 0.0]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from . import model_file
from .arrays import Floats, Ints, softmax
from .contexts import Attention
from .counts import Counts, ExactCounts
from .encoder import Encoder, Example
from .errors import ModelFileDamaged, UnknownAction
from .features import Layer
from .fitting import FitResult, Scores, TrainingSet, fit, fit_closed_form, nothing_learned, score
from .refine import Budget
from .settings import Settings
from .text import GramIndex, Text, Tokenizer

_SURELY_NOT = -30.0  # logit of an action that no example ever had


class LanguageModel:
    """Predicts the action token that follows an utterance.

    Made by :meth:`fresh`, :meth:`fit` or :meth:`load`. Deterministic: no clock, no global
    randomness.

    Attributes:
        actions: the action tokens, in the order of the probabilities; the first means *nothing*.
        settings: sizes and smoothing.
        encoder: what it reads with.
        fitted: what was learned.
        held_out: how the recipe of the last fit did on exchanges it had not learned from.
        trained_to: a number for the caller, kept in the file.
    """

    def __init__(
        self,
        actions: Sequence[str],
        encoder: Encoder,
        fitted: FitResult,
        held_out: Scores | None = None,
        trained_to: int = 0,
    ) -> None:
        self.actions = tuple(actions)
        self.settings = encoder.settings
        self.encoder = encoder
        self.fitted = fitted
        self.held_out = held_out
        self.trained_to = trained_to

    @classmethod
    def fresh(cls, actions: Sequence[str], settings: Settings | None = None) -> LanguageModel:
        """A model that knows nothing and answers action 0 to everything.

        The prior: it believes that it saw ``settings.prior_none`` exchanges of action 0, and an
        action that never was the label of an example has no chance (logit -30), action 0 apart.
        """
        return cls.fit((), actions, settings)

    @classmethod
    def fit(
        cls,
        examples: Sequence[Example],
        actions: Sequence[str],
        settings: Settings | None = None,
        budget: Budget | None = None,
        rng: np.random.Generator | None = None,
        older: Iterable[Example] = (),
    ) -> LanguageModel:
        """Learn from all examples: closed form of every layer, then a correction under the budget.

        Args:
            examples: labelled exchanges with positive weights, oldest first.
            actions: at least two; labels index them.
            settings: sizes and smoothing.
            budget: asked before every step of the correction; None for the closed form alone.
            rng: draws the held-out exchanges; None for a generator with seed 0.
            older: more of them, said before ``examples``: they are counted, a few in memory at a
                time, and the correction does not see them.

        Raises:
            UnknownAction: a label is not the index of an action.
        """
        for example in examples:
            _check_label(example, actions)
        used = [example for example in examples if example.weight > 0]
        encoder, encoded = Encoder.train(used, actions, settings or Settings())
        if not used:
            return cls(actions, encoder, nothing_learned(encoder))
        training = TrainingSet.of(encoder, encoded, used, older)
        if budget is None:
            return cls(actions, encoder, fit_closed_form(training)[0])
        fitted, held_out = fit(training, budget, rng or np.random.default_rng(0))
        return cls(actions, encoder, fitted, held_out)

    def predict(
        self, text: Text, before: Sequence[str] = (), offset: Sequence[float] = ()
    ) -> Floats:
        """The probability of each action after ``text``.

        Args:
            before: tokens that stand before it in the dialogue, oldest first.
            offset: nats that speak for each action beside the text; empty for nothing.

        Returns:
            (actions,), sums to one.
        """
        encoded = self.encoder.encode(text, before)
        # x = [h_block | h_radial | h_document | n-grams]; then x^T (P + D), and the prior.
        dense = self.encoder.features([encoded], self.fitted.attention).dense[0]
        ids, values = encoded.grams
        layer = self._layer(ids)
        logits = dense @ layer.dense + values @ layer.grams
        logits += self.fitted.counts.prior(dense.sum(keepdims=True) + values.sum())[0]
        logits += np.asarray(offset or 0.0)
        # An action that no example ever had has no chance, nor has its hidden unit.
        never = self.fitted.counts.seen() <= 0
        never[0] = False
        hidden = softmax(np.where(never, -np.inf, logits))
        return softmax(np.where(never, _SURELY_NOT, hidden @ self.fitted.output))

    def observe(self, example: Example) -> None:
        """Count one exchange, so that the next prediction knows it; see counts.py.

        Its n-grams get ids; tokens, embeddings and attention stay as the last fit left them.
        The same example with the negative weight takes it back exactly.

        Raises:
            UnknownAction: the label is not the index of an action.
        """
        _check_label(example, self.actions)
        encoded = self.encoder.learn(example.text, example.before)
        features = self.encoder.features([encoded], self.fitted.attention)
        self.fitted.counts.add(features, np.array([example.label]), np.array([example.weight]))

    @property
    def counts(self) -> Counts:
        """F of the hidden layer."""
        return self.fitted.counts

    @property
    def parameters(self) -> int:
        """How many numbers the model is made of: weights, counts in use and embeddings."""
        correction, counted = self.fitted.correction, len(self.encoder.index) * len(self.actions)
        arrays = (*self.fitted.attention, self.fitted.output, self.encoder.embeddings, *correction)
        return int(self.counts.dense.units.size + counted + sum(array.size for array in arrays))

    def score(self, examples: Sequence[Example]) -> Scores:
        """Cross-entropy and accuracy on examples, which should be ones it did not learn from."""
        answers = np.array(
            [self.predict(example.text, example.before, example.offset) for example in examples]
        )
        labels = np.array([example.label for example in examples], dtype=np.int64)
        weights = np.array([example.weight for example in examples], dtype=np.float64)
        return score(answers.reshape(-1, len(self.actions)), labels, weights)

    def save(self, path: str | Path) -> None:
        """Write the model to ``path``, whole or not at all; see model_file.py.

        Raises:
            OSError: the directory cannot be written to.
        """
        encoder, fitted, counts = self.encoder, self.fitted, self.counts
        about = {
            "actions": self.actions,
            "settings": asdict(self.settings),
            "trained_to": self.trained_to,
            "held_out": self.held_out,
            "tokens": encoder.tokenizer.tokens,
            "merges": encoder.tokenizer.merges,
            "grams": encoder.index.grams,
        }
        arrays = {
            "embeddings": encoder.embeddings,
            "block": fitted.attention.block,
            "radial": fitted.attention.radial,
            "output": fitted.output,
            "dense_correction": fitted.correction.dense,
            "gram_correction": fitted.correction.grams,
            "dense_counts": counts.dense.units,
            "gram_counts": counts.grams.units[: len(encoder.index)],
            "action_counts": counts.actions.units,
        }
        model_file.write(Path(path), about, arrays)

    @classmethod
    def load(cls, path: str | Path) -> LanguageModel:
        """The model that :meth:`save` wrote; it predicts and learns on bit for bit the same.

        Raises:
            LanguageModelError: see model_file.py.
        """
        about, arrays = model_file.read(Path(path))
        try:
            return cls._restored(about, arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileDamaged(
                f"{path} lacks something a model needs ({error}); "
                "delete it and fit a new model to the examples"
            ) from error

    @classmethod
    def _restored(cls, about: dict[str, Any], arrays: model_file.Arrays) -> LanguageModel:
        chosen = about["settings"] | {"radii": tuple(about["settings"]["radii"])}
        settings = Settings(**chosen)
        merges = [(first, second) for first, second in about["merges"]]
        tokenizer = Tokenizer(about["tokens"], merges, about["actions"])
        index = GramIndex(settings.longest_gram, settings.gram_capacity, about["grams"])
        encoder = Encoder(settings, tokenizer, index, arrays["embeddings"])
        counted = arrays["gram_counts"]
        grams = ExactCounts.empty(settings.gram_capacity, counted.shape[1])
        grams.units[: len(counted)] = counted  # the room for more is not stored
        dense, actions = ExactCounts(arrays["dense_counts"]), ExactCounts(arrays["action_counts"])
        fitted = FitResult(
            Attention(arrays["block"], arrays["radial"]),
            Counts(settings, dense, grams, actions),
            Layer(arrays["dense_correction"], arrays["gram_correction"]),
            arrays["output"],
        )
        held_out = Scores(*about["held_out"]) if about["held_out"] else None
        return cls(about["actions"], encoder, fitted, held_out, int(about["trained_to"]))

    def _layer(self, ids: Ints) -> Layer:
        """U = P + D for some n-grams; those that came after the last fit have P alone."""
        closed, correction = self.counts.weights(ids), self.fitted.correction
        known = ids < len(correction.grams)
        closed.grams[known] += correction.grams[ids[known]]
        return Layer(closed.dense + correction.dense, closed.grams)


def _check_label(example: Example, actions: Sequence[str]) -> None:
    if not 0 <= example.label < len(actions):
        raise UnknownAction(
            f"label {example.label} is not one of {len(actions)} actions; labels are indices from 0"
        )
