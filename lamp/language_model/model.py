"""The language model: what was said, and which of a few action tokens comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from . import model_file
from .arrays import Floats, Ints
from .budget import Budget
from .counts import Counts
from .encoder import Encoded, Encoder, batch_of
from .errors import ModelFileDamaged, UnknownAction
from .examples import Example, Scores
from .fitting import Fitted, Lesson, blank, fit, score, unpolished
from .grams import GramIndex
from .label_cipher import label_ciphers
from .network import Weights, see
from .polish import nothing
from .settings import Settings
from .softmax import softmax
from .tally import Tally
from .tokenizer import Tokenizer

_SURELY_NOT = -30.0  # logit of an action that no example ever had


class LanguageModel:
    """Predicts the action token that follows an utterance.

    Made by :meth:`fresh`, :meth:`fit` or :meth:`load`. Deterministic: no clock, no global
    randomness.

    Attributes:
        actions: the action tokens, in the order of the probabilities; the first means *nothing*.
        settings: sizes and smoothing.
        trained_to: a number for the caller, kept in the file (the lamp: its diary's position).
        held_out: how the recipe of the last fit did on exchanges it had not learned from.
        encoder, counts: what it reads with, and what it counted; for growth.py and the benches.
    """

    def __init__(
        self,
        actions: Sequence[str],
        encoder: Encoder,
        fitted: Fitted,
        held_out: Scores | None = None,
        trained_to: int = 0,
    ) -> None:
        self.actions = tuple(actions)
        self.settings = encoder.settings
        self.trained_to = trained_to
        self.held_out = held_out
        self.encoder = encoder
        self.counts = fitted.counts
        self._block = fitted.base.block + fitted.difference.block
        self._radial = fitted.base.radial + fitted.difference.radial
        self._output = fitted.base.output + fitted.difference.output
        self._dense_difference = fitted.difference.dense
        self._gram_difference = fitted.difference.grams

    @classmethod
    def of(
        cls,
        actions: Sequence[str],
        encoder: Encoder,
        counts: Counts,
        weights: Weights,
        held_out: Scores | None = None,
        trained_to: int = 0,
    ) -> LanguageModel:
        """A model of given parts, ``weights`` as in :attr:`weights`."""
        difference = nothing(weights)._replace(dense=weights.dense, grams=weights.grams)
        fitted = Fitted(counts, weights, difference)
        return cls(actions, encoder, fitted, held_out, trained_to)

    @property
    def weights(self) -> Weights:
        """All weights; of the hidden layer only what the polish adds to the counts."""
        return Weights(
            self.encoder.embeddings,
            self._block,
            self._radial,
            self._dense_difference,
            self._gram_difference,
            self._output,
        )

    @classmethod
    def fresh(
        cls, actions: Sequence[str], settings: Settings | None = None, seed: int = 0
    ) -> LanguageModel:
        """A model that knows nothing and answers action 0 to everything.

        The prior: it believes that it saw ``settings.nothing_before`` exchanges of action 0, and
        an action that never was the label of an example has no chance (logit -30), action 0
        apart. Nothing is drawn at random; ``seed`` is there for models that would.
        """
        del seed
        return cls.fit((), actions, settings, None, None)

    @classmethod
    def fit(
        cls,
        examples: Sequence[Example],
        actions: Sequence[str],
        settings: Settings | None = None,
        budget: Budget | None = None,
        rng: np.random.Generator | None = None,
    ) -> LanguageModel:
        """Learn from all examples: closed form of every layer, then a polish under the budget.

        Args:
            examples: labelled exchanges with positive weights, oldest first.
            actions: at least two; labels index them.
            settings: sizes and smoothing.
            budget: asked before every step of the polish; None for the closed form alone.
            rng: draws the held-out exchanges; None for a generator with seed 0.

        Raises:
            UnknownAction: a label is not the index of an action.
            SettingsInvalid: the settings cannot tell the actions apart.
        """
        settings = settings or Settings()
        for example in examples:
            _check_label(example, actions)
        used = [example for example in examples if example.weight > 0]
        ciphers = label_ciphers(len(actions), settings.hidden or len(actions))
        encoder, encoded = Encoder.train_and_encode(used, actions, settings)
        if not used:
            return cls(actions, encoder, blank(encoder, ciphers))
        lesson = Lesson.encoded_by(encoder, encoded, used, ciphers)
        if budget is None:
            return cls(actions, encoder, unpolished(lesson))
        fitted, held_out = fit(lesson, budget, rng or np.random.default_rng(0))
        return cls(actions, encoder, fitted, held_out)

    def predict(self, text: str, before: Sequence[str] = ()) -> Floats:
        """The probability of each action after ``text``.

        Args:
            before: tokens that stand before it in the dialogue, oldest first.

        Returns:
            (actions,), sums to one.
        """
        dense, grams = self._seen_by_network(self.encoder.encode(text, before))
        logits = dense @ (self.counts.dense_weights() + self._dense_difference)
        logits += grams[1] @ self._gram_weights(grams[0])
        norm = dense.sum(keepdims=True) + grams[1].sum()
        logits += self.counts.prior(norm)[0]
        return np.asarray(self._answers(logits[None, :])[0])

    def observe(self, example: Example) -> None:
        """Count one exchange, so that the next prediction knows it; see counts.py.

        Its n-grams get ids; tokens, embeddings and attention stay as the last fit left them.
        The same example with the negative weight takes it back exactly.

        Raises:
            UnknownAction: the label is not the index of an action.
        """
        _check_label(example, self.actions)
        self.encoder.index.learn(example.text)
        encoded = self.encoder.encode(example.text, example.before)
        dense, grams = self._seen_by_network(encoded)
        self.counts.add(dense, grams, example.label, example.weight)

    @property
    def hidden(self) -> int:
        """Units of the hidden layer."""
        return int(self._output.shape[0])

    @property
    def parameters(self) -> int:
        """How many numbers the model is made of: weights, counts in use and embeddings."""
        counts = self.counts.dense.counts.size + len(self.encoder.index) * self._output.shape[0]
        weights = (self._block, self._radial, self._output, self.encoder.embeddings)
        differences = self._dense_difference.size + self._gram_difference.size
        return int(counts + differences + sum(each.size for each in weights))

    def score(self, examples: Sequence[Example]) -> Scores:
        """Cross-entropy and accuracy on examples, which should be ones it did not learn from."""
        answers = np.array([self.predict(example.text, example.before) for example in examples])
        labels = np.array([example.label for example in examples], dtype=np.int64)
        weights = np.array([example.weight for example in examples], dtype=np.float64)
        return score(answers.reshape(-1, len(self.actions)), labels, weights)

    def save(self, path: str | Path) -> None:
        """Write the model to ``path``, whole or not at all; see model_file.py.

        Raises:
            OSError: the directory cannot be written to.
        """
        index = self.encoder.index
        tokenizer = self.encoder.tokenizer
        about = {
            "actions": self.actions,
            "settings": asdict(self.settings),
            "trained_to": self.trained_to,
            "held_out": self.held_out,
            "tokens": tokenizer.tokens,
            "merges": tokenizer.merges,
            "grams": index.grams,
        }
        arrays = {
            "embeddings": self.encoder.embeddings,
            "block": self._block,
            "radial": self._radial,
            "output": self._output,
            "dense_difference": self._dense_difference,
            "gram_difference": self._gram_difference,
            "dense_counts": self.counts.dense.counts,
            "gram_counts": self.counts.grams.counts[: len(index)],
            "action_counts": self.counts.actions.counts,
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
                "delete it, the trainer writes a new one from the diary"
            ) from error

    @classmethod
    def _restored(cls, about: dict[str, Any], arrays: model_file.Arrays) -> LanguageModel:
        chosen = about["settings"] | {"radii": tuple(about["settings"]["radii"])}
        settings = Settings(**chosen)
        merges = [(first, second) for first, second in about["merges"]]
        tokenizer = Tokenizer(about["tokens"], merges, about["actions"])
        index = GramIndex(settings.longest_gram, settings.gram_capacity, about["grams"])
        encoder = Encoder(settings, tokenizer, index, arrays["embeddings"])
        ciphers = label_ciphers(len(about["actions"]), arrays["output"].shape[0])
        counted = arrays["gram_counts"]
        grams = Tally.empty(settings.gram_capacity, ciphers.shape[1])
        grams.counts[: len(counted)] = counted
        dense, actions = Tally(arrays["dense_counts"]), Tally(arrays["action_counts"])
        counts = Counts(settings, ciphers, dense, grams, actions)
        weights = Weights(
            encoder.embeddings,
            arrays["block"],
            arrays["radial"],
            arrays["dense_difference"],
            arrays["gram_difference"],
            arrays["output"],
        )
        held_out = Scores(*about["held_out"]) if about["held_out"] else None
        position = int(about["trained_to"])
        return cls.of(about["actions"], encoder, counts, weights, held_out, position)

    def _seen_by_network(self, encoded: Encoded) -> tuple[Floats, tuple[Ints, Floats]]:
        """The inputs of the hidden layer: dense contexts (3 w,), and (ids, values) of n-grams."""
        encoder = self.encoder
        batch = batch_of([encoded])
        seen = see(batch, encoder.embeddings, self._block, self._radial, encoder.cache)
        return seen[2][0], encoded.grams

    def _gram_weights(self, ids: Ints) -> Floats:
        """U for some n-grams: those that came after the last polish have the closed form alone."""
        weights = self.counts.gram_weights(ids)
        polished = ids < len(self._gram_difference)
        weights[polished] += self._gram_difference[ids[polished]]
        return weights

    def _answers(self, logits: Floats) -> Floats:
        """From hidden logits (n, hidden) to probabilities (n, actions).

        An action that no example ever had has no chance, nor has a hidden unit that only such
        actions use.
        """
        never = self.counts.seen() <= 0
        never[0] = False
        logits = np.where(self.counts.labels[~never].any(axis=0), logits, -np.inf)
        final = softmax(logits) @ self._output
        final[:, never] = _SURELY_NOT
        return softmax(final)


def _check_label(example: Example, actions: Sequence[str]) -> None:
    if not 0 <= example.label < len(actions):
        raise UnknownAction(
            f"label {example.label} is not one of {len(actions)} actions; labels are indices from 0"
        )
