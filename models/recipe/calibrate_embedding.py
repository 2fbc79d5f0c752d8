"""What a likeness is worth where there is an embedding: `with_embedding` of `similarity.json`.

    python -m models.recipe.calibrate_embedding --store S --model DIR --hold 4 --to DIR \\
        NAME=PATTERN ... --talk NAME ...

DIR of `--model` holds a network whose embedding was trained by `train_embedding --hold 4`, and a
`similarity.json`; only people and talk that this embedding has not heard are used (`--hold 1`:
everybody). Their words and phrases (see `phrases`) and pieces of talk are heard once, in made-up
places; a logistic regression weighs all measures of `lamp.similarity.calibration`, the same words
against talk. As takes in a home are less alike than takes put into made-up rooms, what comes out is
scaled. Printed, in %: errors with the letters alone and with the embedding, each half of the people
by what the other half taught.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lamp.similarity.calibration import LETTERS, Calibration, Coefficients
from lamp.similarity.features import Utterance, utterance_of
from models.recipe.error_rates import Floats, equal_error, logistic, missed
from models.recipe.phrases import Sound, phrases_of, talk_in, voices_in, words_of
from models.recipe.similarity import Errors, Hearing, likeness
from models.recipe.store import Source
from models.recipe.takes import parsed

# Measured on pairs of takes of people in 13 houses, whose recordings are not in this repository:
# cross-entropy fell from .288 to .194 nats; the best scale was .51 to .65 in each kind of house.
SCALE, SHIFT = 0.52, 0.8  # of all coefficients; nats that are added to the constant
RIDGE = 1e-5  # 0.01 where each of the two classes weighs 1,000
SAME, OTHER, TALK = 2, 3, 10  # that an utterance is compared with
ASKED = 2  # takes of the same words that are compared

Rng = np.random.Generator


@dataclass(frozen=True)
class Heard:
    """An utterance; `words` is empty in talk."""

    voice: str
    words: tuple[str, ...]
    utterance: Utterance


@dataclass(frozen=True)
class Pairs:
    """Measures of the same words, of other words of the same person, and of talk; [n, 8] each."""

    same: Floats
    other: Floats
    talk: Floats


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Learn what the embedding is worth.")
    parser.add_argument("sources", nargs="+", help="NAME=PATTERN, see `takes`")
    parser.add_argument("--talk", nargs="+", required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="whose embedding is measured")
    parser.add_argument("--to", type=Path, help="whose similarity.json is changed, if another's")
    parser.add_argument("--hold", type=int, required=True, help="as for `train_embedding`")
    parser.add_argument("--takes", type=int, default=4, help="of a word by a person, at most")
    parser.add_argument("--phrases", type=int, default=24, help="of a person")
    parser.add_argument("--stretches", type=int, default=1_000, help="of each source of talk")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    calibration = Calibration.beside(options.model)
    heard = hear(sounds(options, rng), Hearing(options.model, options.seed), calibration)
    print(f"{len(heard)} utterances, {sum(not one.words for one in heard)} of talk", flush=True)
    by_voice = pairs(heard, calibration, rng)
    for name, columns in (("letters", LETTERS), ("with embedding", None)):
        print(f"{name}: {crossed(list(by_voice.values()), columns)}")
    target = options.to or options.model
    learned = scaled(fitted(list(by_voice.values())))
    replace(Calibration.beside(target), with_embedding=learned).save(target)


def sounds(options: argparse.Namespace, rng: Rng) -> Iterator[Sound]:
    """All that is to be heard."""
    for name, pattern in map(parsed, options.sources):
        source = Source(options.store, name)
        for voice, words in voices_in(source, pattern, options.hold).items():
            yield from words_of(source, voice, words, options.takes, rng)
            yield from phrases_of(source, voice, words, options.phrases, rng)
    for name in options.talk:
        yield from talk_in(Source(options.store, name), options.stretches, options.hold, rng)


def hear(spoken: Iterator[Sound], hearing: Hearing, calibration: Calibration) -> list[Heard]:
    """Everything in which something was heard."""
    texts = ((sound, hearing.hear(sound.samples)) for sound in spoken)
    return [
        Heard(sound.voice, sound.words, utterance_of(text, calibration.table))
        for sound, text in texts
        if text and text.embedding
    ]


def pairs(heard: Sequence[Heard], calibration: Calibration, rng: Rng) -> dict[str, Pairs]:
    """By voice, what its utterances are compared with."""
    talk = [one.utterance for one in heard if not one.words]
    said: dict[str, dict[tuple[str, ...], list[Utterance]]] = defaultdict(lambda: defaultdict(list))
    for one in heard:
        if one.words:
            said[one.voice][one.words].append(one.utterance)
    found = {}
    for voice, by_words in sorted(said.items()):
        same, other, overheard = [], [], []
        for words, takes in sorted(by_words.items()):
            others = [each for key, rest in by_words.items() if key != words for each in rest]
            if len(takes) < 2 or not others:
                continue
            for asked in rng.permutation(len(takes))[:ASKED]:
                again = [take for number, take in enumerate(takes) if number != asked]
                for rows, candidates, count in (
                    (same, again, SAME),
                    (other, others, OTHER),
                    (overheard, talk, TALK),
                ):
                    for number in rng.permutation(len(candidates))[:count]:
                        rows.append(likeness(takes[asked], candidates[number], calibration))
        if same and overheard:
            found[voice] = Pairs(*map(np.concatenate, (same, other, overheard)))
    return found


def together(voices: Sequence[Pairs]) -> Pairs:
    """The pairs of several people."""
    return Pairs(
        np.concatenate([one.same for one in voices]),
        np.concatenate([one.other for one in voices]),
        np.concatenate([one.talk for one in voices]),
    )


def fitted(voices: Sequence[Pairs], columns: int | None = None) -> Floats:
    """Weights of the first `columns` measures, the same words against talk."""
    known = together(voices)
    inputs = np.concatenate([known.same, known.talk])[:, :columns]
    return logistic(inputs, np.arange(len(inputs)) < len(known.same), ridge=RIDGE)


def crossed(voices: Sequence[Pairs], columns: int | None = None) -> Errors:
    """Errors on people it was not learned from: each half by what the other half taught."""
    scores: list[tuple[Floats, Floats, Floats]] = []
    for side in (0, 1):
        weights = fitted(voices[1 - side :: 2], columns)
        asked = together(voices[side::2])
        same, other, talk = (
            rows[:, :columns] @ weights for rows in (asked.same, asked.other, asked.talk)
        )
        scores.append((same, other, talk))
    same, other, talk = (np.concatenate(parts) for parts in zip(*scores, strict=True))
    return Errors(equal_error(same, talk), equal_error(same, other), missed(same, talk, 0.01))


def scaled(weights: Floats) -> Coefficients:
    """For takes in a home."""
    moved = SCALE * weights
    moved[0] += SHIFT
    return Coefficients(*(round(float(weight), 4) for weight in moved))


if __name__ == "__main__":
    main()
