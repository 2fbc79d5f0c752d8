"""What the model is known to misspell, and what a likeness is worth: `similarity.json`.

    python -m models.recipe.similarity --store S --model DIR NAME=PATTERN ... --talk NAME ...

Takes of the same words by the same people (see `takes`) and talk are heard once by the model, in
made-up places. Half of the people make the file, with half of the talk: which symbols stand for one
another (`substitutions`), and a logistic regression from `lamp.similarity`'s measures to nats, the
same words against talk. On the other half is measured, and printed in %: EER against talk, against
other words of the same person, and takes missed where 1 % of talk is let in.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np

from lamp.similarity.alignment import aligned
from lamp.similarity.calibration import LETTERS, Calibration, Coefficients, measures
from lamp.similarity.embedding import packed
from lamp.similarity.features import SymbolTable, Utterance, utterance_of
from lamp.soft_text import SoftText
from lamp.transcriber import soft_slots
from lamp.transcriber.acoustic_model import AcousticModel
from lamp.transcriber.alphabet import Alphabet
from models.recipe.error_rates import Floats, equal_error, logistic, missed
from models.recipe.questions import Question, Take, Voices
from models.recipe.renderings import Places
from models.recipe.store import Samples, Source
from models.recipe.substitutions import substitutions
from models.recipe.takes import parsed, said_in

GAP = 1.5  # nats that a slot without a partner costs; not learned
PAIRS = 2_500  # of takes, for the substitutions
LEARNED, MEASURED = 4_000, 3_000  # questions
NO_COMPANY: Samples = np.zeros(0, np.float32)


@dataclass(frozen=True)
class Errors:
    """Shares: equal error rates, and takes missed where 1 % of talk is let in."""

    talk: float
    words: float
    missed: float

    def __str__(self) -> str:
        return (
            f"EER against talk {100 * self.talk:.1f}, other words {100 * self.words:.1f}, "
            f"missed at 1 % of talk {100 * self.missed:.1f}"
        )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Learn how the model misspells.")
    parser.add_argument("sources", nargs="+", help="NAME=PATTERN, see `takes`")
    parser.add_argument("--talk", nargs="+", required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--takes", type=int, default=10, help="of a word by a person, at most")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    hearing = Hearing(options.model, options.seed)
    takes: list[Take] = []
    for name, pattern in map(parsed, options.sources):
        takes += heard_takes(hearing, Source(options.store, name), pattern, options.takes, rng)
    talk = [
        text for name in options.talk for text in heard_talk(hearing, Source(options.store, name))
    ]
    print(f"{len(takes)} takes, {len(talk)} pieces of talk", flush=True)
    calibration, errors = learn(takes, talk, symbols(hearing.alphabet), rng)
    print(errors)
    calibration.save(options.model)


class Hearing:
    """The model as it ships, in made-up places."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._model = AcousticModel(folder)
        self._places, self._rng = Places(seed), np.random.default_rng(seed)
        self.alphabet = self._model.directory.alphabet

    def hear(self, clip: Samples) -> SoftText:
        """A clip somewhere; empty where it was too quiet."""
        samples = self._places.render(self._rng, clip, NO_COMPANY).samples
        letters, vector = self._model.hear(samples)
        return SoftText(soft_slots.slots(letters, self.alphabet), embedding=packed(vector))


def heard_takes(
    hearing: Hearing, source: Source, pattern: str, most: int, rng: np.random.Generator
) -> list[Take]:
    """At most `most` takes of a word by a person."""
    by_word: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, said in said_in(source, pattern).items():
        by_word[said.voice, said.word].append(number)
    return [
        Take(voice, word, hearing.hear(source.samples(int(number))))
        for (voice, word), numbers in by_word.items()
        for number in rng.permutation(numbers)[:most]
    ]


def heard_talk(hearing: Hearing, source: Source) -> list[SoftText]:
    """All clips in which something was heard."""
    texts = (hearing.hear(source.samples(number)) for number in range(len(source)))
    return [text for text in texts if text]


def symbols(alphabet: Alphabet) -> tuple[str, ...]:
    """The columns of the model, as they are written; special ones by their names."""
    columns = enumerate(alphabet.symbols)
    return tuple(alphabet.written(column) or name for column, name in columns)


def learn(
    takes: Sequence[Take],
    talk: Sequence[SoftText],
    known: tuple[str, ...],
    rng: np.random.Generator,
    pairs: int = PAIRS,
    questions: tuple[int, int] = (LEARNED, MEASURED),
) -> tuple[Calibration, Errors]:
    """A calibration by one half of the voices and of the talk; its errors on the other."""
    mine, theirs = Voices(takes).halves(rng)
    learned, held_out = (Voices([t for t in takes if t.voice in half]) for half in (mine, theirs))
    calibration = spelling([learned.pair(rng) for _ in range(pairs)], known)
    asked = [learned.question(talk[::2], rng) for _ in range(questions[0])]
    calibration = replace(calibration, coefficients=fitted(asked, calibration))
    asked = [held_out.question(talk[1::2], rng) for _ in range(questions[1])]
    return calibration, measured(asked, calibration)


def spelling(pairs: Sequence[tuple[SoftText, SoftText]], known: tuple[str, ...]) -> Calibration:
    """With the substitutions in pairs of takes, and coefficients that are not learned yet."""
    table = SymbolTable(known)
    dense = [
        (utterance_of(one, table).symbols, utterance_of(other, table).symbols)
        for one, other in pairs
    ]
    ratios = substitutions(dense, GAP)
    rows = tuple(tuple(round(float(ratio), 4) for ratio in row) for row in ratios)
    return Calibration(known, rows, GAP)


def fitted(asked: Sequence[Question], calibration: Calibration) -> Coefficients:
    """The same words against talk; both weigh the same."""
    same, _, talk = measured_pairs(asked, calibration)
    inputs = np.concatenate([same, talk])
    weights = logistic(inputs, np.arange(len(inputs)) < len(same))
    return Coefficients(*(round(float(weight), 4) for weight in weights))


def measured(asked: Sequence[Question], calibration: Calibration) -> Errors:
    """How often it errs."""
    weights = np.array(astuple(calibration.coefficients))[:LETTERS]
    same, other, talk = (rows @ weights for rows in measured_pairs(asked, calibration))
    return Errors(equal_error(same, talk), equal_error(same, other), missed(same, talk, 0.01))


def measured_pairs(
    asked: Sequence[Question], calibration: Calibration
) -> tuple[Floats, Floats, Floats]:
    """Measures of the asked utterances with the same words, other words and talk, [n, 6] each."""
    same = [compared(one.asked, one.same, calibration) for one in asked]
    other = [compared(one.asked, one.other, calibration) for one in asked]
    talk = [compared(one.asked, piece, calibration) for one in asked for piece in one.talk]
    return np.concatenate(same), np.concatenate(other), np.concatenate(talk)


def compared(one: SoftText, other: SoftText, calibration: Calibration) -> Floats:
    """Measures of two utterances by their letters, [1, 6]."""
    mine, theirs = (utterance_of(text, calibration.table) for text in (one, other))
    return likeness(mine, theirs, calibration)[:, :LETTERS]


def likeness(mine: Utterance, theirs: Utterance, calibration: Calibration) -> Floats:
    """All measures of two utterances, [1, 8]; nan for the embedding where one has none."""
    score = aligned(
        mine.symbols,
        theirs.symbols[None],
        np.array([len(theirs.symbols)]),
        calibration.ratios,
        calibration.gap,
    )
    cosine = np.array([mine.grams @ theirs.grams], np.float32)
    mass = np.array([theirs.mass], np.float32)
    embedding = np.full(1, np.nan, np.float32)
    if len(mine.embedding) and len(theirs.embedding):
        embedding[0] = mine.embedding @ theirs.embedding
    return measures(score, cosine, mine.mass, mass, embedding)


if __name__ == "__main__":
    main()
