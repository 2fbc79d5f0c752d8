"""What other people's voices taught about this acoustic model; a few kilobytes beside it.

Made by ``python -m models.recipe.similarity`` from takes of the same words by the same people,
of other words, and of talk. An engine that has no such file gets the generic one: no symbol is
known to be mistaken for another, and the coefficients are those of the model that ships.
"""

from __future__ import annotations

import json
from dataclasses import asdict, astuple, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lamp.errors import AcousticModelError
from lamp.similarity.features import Floats, SymbolTable

FILE = "similarity.json"  # beside model.onnx
GENERIC_COLUMNS = 64  # for symbols of any alphabet, by their hash
LETTERS = 6  # measures that need no embedding: the first ones
_SAME_SYMBOL = 0.7  # share of symbols that are written the same in another take, untaught


@dataclass(frozen=True)
class Coefficients:
    """Of the logistic regression from measures to nats; each has the unit nats per measure.

    constant: where all measures are zero.
    alignment: of the alignment's score over the root of the slots in both.
    cosine: of the cosine of soft n-grams.
    lengths: of the difference of the logarithms of the lengths.
    shorter: of the logarithm of the shorter length.
    cosine_and_shorter: of their product, as an equal cosine says more of longer words.
    embedding: of the cosine of the utterances' embeddings.
    embedding_and_shorter: of its product with the logarithm of the shorter length.
    """

    constant: float = 0.476
    alignment: float = 1.557
    cosine: float = 6.006
    lengths: float = -1.287
    shorter: float = -4.224
    cosine_and_shorter: float = 4.638
    embedding: float = 0.0
    embedding_and_shorter: float = 0.0


def measures(
    score: Floats, cosine: Floats, mine: float, theirs: Floats, embedding: Floats
) -> NDArray[np.float64]:
    """What the coefficients are multiplied with, in their order; [n, 8].

    Args:
        score: [n], of the alignments, in nats.
        cosine: [n], of soft n-grams.
        mine, theirs: expected slots of the one and of the others, [n].
        embedding: [n], cosine of the embeddings; nan where one of the two has none.
    """
    # Half a slot is added where a logarithm is taken, so that none is of nothing.
    shorter = np.log(np.minimum(mine, theirs) + 0.5)
    lengths = np.abs(np.log((mine + 0.5) / (theirs + 0.5)))
    alignment = score / np.sqrt(mine + theirs + 1)
    columns = (
        *(np.ones_like(score), alignment, cosine, lengths, shorter, cosine * shorter),
        *(embedding, embedding * shorter),
    )
    return np.stack(columns, axis=1).astype(np.float64)


@dataclass(frozen=True)
class Calibration:
    """Turns measures of likeness into log-likelihood ratios, in nats.

    known: the symbols whose substitutions are known.
    substitutions: one row a known symbol, P(a, b | same words) / (P(a) P(b)).
    gap: nats that a slot without a partner costs.
    coefficients: for two utterances of which one has no embedding.
    with_embedding: for two that have one; None: that is not known.
    """

    known: tuple[str, ...] = ()
    substitutions: tuple[tuple[float, ...], ...] = ()
    gap: float = 1.5
    coefficients: Coefficients = Coefficients()
    with_embedding: Coefficients | None = None

    @property
    def learned(self) -> bool:
        """Whether it was learned from people's takes; the generic one was not."""
        return bool(self.known)

    @cached_property
    def table(self) -> SymbolTable:
        """The columns of the symbols."""
        return SymbolTable(self.known, len(self.known) or GENERIC_COLUMNS)

    @cached_property
    def ratios(self) -> Floats:
        """[columns, columns], as ``substitutions``; those of symbols nobody knows are generic."""
        if self.known:
            return np.array(self.substitutions, np.float32)
        columns = self.table.columns
        apart = np.full((columns, columns), 1 - _SAME_SYMBOL)
        return np.asarray(apart + _SAME_SYMBOL * columns * np.eye(columns), np.float32)

    def nats(
        self, score: Floats, cosine: Floats, mine: float, theirs: Floats, embedding: Floats
    ) -> NDArray[np.float64]:
        """How many nats likelier it is that the same was said than that it is other talk.

        The arguments are those of :func:`measures`; the answer is [n].
        """
        rows = measures(score, cosine, mine, theirs, embedding)
        spelt = rows[:, :LETTERS] @ astuple(self.coefficients)[:LETTERS]
        if self.with_embedding is None:
            return np.asarray(spelt)
        heard = rows @ astuple(self.with_embedding)
        return np.asarray(np.where(np.isnan(embedding), spelt, heard))

    @classmethod
    def beside(cls, directory: Path) -> Calibration:
        """That of the model in ``directory``; the generic one where there is none.

        Raises:
            AcousticModelError: the file is damaged.
        """
        path = directory / FILE
        if not path.is_file():
            return cls()
        try:
            tree = json.loads(path.read_text(encoding="utf-8"))
            made = cls(
                tuple(tree["known"]),
                tuple(tuple(row) for row in tree["substitutions"]),
                float(tree["gap"]),
                Coefficients(**tree["coefficients"]),
                Coefficients(**sounds) if (sounds := tree.get("with_embedding")) else None,
            )
            if made.ratios.shape != (len(made.known), len(made.known)):
                raise ValueError("it is not square")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AcousticModelError(
                f"{path} is cut off or damaged ({error}). Copy it again, or delete it"
            ) from error
        return made

    def save(self, directory: Path) -> None:
        """Write it beside the model in ``directory``."""
        tree = asdict(self)
        (directory / FILE).write_text(json.dumps(tree) + "\n", encoding="utf-8")
