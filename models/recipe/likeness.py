"""How well a model's embedding tells the same words of a person from other words, and from talk.

    python -m models.recipe.likeness --store S --model DIR --hold 4 NAME=PATTERN ... --talk NAME ...

People that `train_embedding --hold 4` left out (`--hold 1`: everybody). Takes and stretches of talk
of 0.5 to 4 s, cut out anywhere before they are rendered, are heard by the model as it ships. Beside
the dot product of embeddings, the cosine of soft n-grams of the letters is measured on the same
pairs, and a logistic mixture of both, fitted on one half of the people for the other.

Columns: EER against other words of the same person, EER against talk, takes missed where 1 % and
0.2 % of talk are let in; after one taught take and after three (mean similarity).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.recipe.error_rates import Floats, equal_error, logistic, missed
from models.recipe.graft import OUTPUT
from models.recipe.renderings import Places
from models.recipe.store import RATE, Samples, Source
from models.recipe.takes import held_out, parsed, said_in

STRETCH_S = (0.5, 4.0)
QUIET = 0.15  # of its clip's loudness: a stretch below is a pause
OPEN, KEEP, LEAST, SKIPPED = 0.15, 4, 0.03, 0.7  # see `slots` and `grams`
SAME, OTHER, TALK = 1, 0, 2

Grams = dict[tuple[int, ...], float]


@dataclass(frozen=True)
class Heard:
    """One utterance as the model heard it."""

    voice: str
    word: str
    vector: NDArray[np.float32]
    grams: Grams


@dataclass(frozen=True)
class Trial:
    """A question: is `asked` what `taught` (up to three takes of one word) are?"""

    voice: str
    asked: int
    taught: tuple[int, ...]
    truth: int


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Measure the embedding.")
    parser.add_argument("sources", nargs="+", help="NAME=PATTERN, see `takes`")
    parser.add_argument("--talk", nargs="+", required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--hold", type=int, default=1)
    parser.add_argument("--voices", type=int, default=20, help="of a source")
    parser.add_argument("--words", type=int, default=12, help="of a voice")
    parser.add_argument("--takes", type=int, default=5, help="of a word")
    parser.add_argument("--stretches", type=int, default=400, help="of each source of talk")
    options = parser.parse_args()
    hearing = Hearing(options.model)
    talk = [
        one
        for name in options.talk
        for one in stretches(hearing, Source(options.store, name), options)
    ]
    for name, pattern in map(parsed, options.sources):
        heard = takes(hearing, Source(options.store, name), pattern, options) + talk
        report(name, heard, trials(heard))


class Hearing:
    """The model as it ships, in made-up places."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
        self._places, self._rng = Places(77, noises=21), np.random.default_rng(77)

    def hear(self, voice: str, word: str, clip: Samples, company: Samples) -> Heard:
        """A clip somewhere."""
        samples = self._places.render(self._rng, clip, company).samples
        logits, vector = self._session.run(["logits", OUTPUT], {"input_values": samples[None]})
        return Heard(voice, word, vector[0], grams(slots(logits[0])))


def takes(
    hearing: Hearing, source: Source, pattern: str, options: argparse.Namespace
) -> list[Heard]:
    """Takes of held-out voices."""
    rng = np.random.default_rng(5)
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, said in said_in(source, pattern).items():
        if held_out(source, number, said, options.hold):
            found[said.voice][said.word].append(number)
    heard = []
    for voice in rng.permutation(sorted(found))[: options.voices]:
        for word in rng.permutation(sorted(found[voice]))[: options.words]:
            for number in rng.permutation(found[voice][word])[: options.takes]:
                company = source.samples(int(rng.integers(len(source))))
                heard.append(hearing.hear(voice, word, source.samples(int(number)), company))
    return heard


def stretches(hearing: Hearing, source: Source, options: argparse.Namespace) -> list[Heard]:
    """Talk cut out anywhere: beginnings, ends and middles of sentences."""
    rng = np.random.default_rng(6)
    clips = [n for n, s in said_in(source, "").items() if held_out(source, n, s, options.hold)]
    heard = []
    for _ in range(options.stretches):
        clip = source.samples(int(rng.choice(clips)))
        count = min(len(clip), int(RATE * np.exp(rng.uniform(*np.log(STRETCH_S)))))
        start = int(rng.integers(len(clip) - count + 1))
        piece = clip[start : start + count]
        if np.square(piece).mean() > QUIET**2 * np.square(clip).mean():
            company = source.samples(int(rng.integers(len(source))))
            heard.append(hearing.hear(source.name, "", piece, company))
    return heard


def trials(heard: list[Heard]) -> list[Trial]:
    """Of every word of every voice: the rest of its takes, other words, talk."""
    rng = np.random.default_rng(7)
    talk = np.array([number for number, one in enumerate(heard) if not one.word])
    voices: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, one in enumerate(heard):
        if one.word:
            voices[one.voice][one.word].append(number)
    asked = []
    for voice, words in sorted(voices.items()):
        for word, numbers in words.items():
            if len(numbers) < 2:
                continue
            shuffled = [int(number) for number in rng.permutation(numbers)]
            taught = tuple(shuffled[: min(3, len(numbers) - 1)])
            others = [n for other, ns in words.items() if other != word for n in ns]
            for truth, numbers_of in (
                (SAME, shuffled[len(taught) :]),
                (OTHER, rng.permutation(others)[:10]),
                (TALK, rng.permutation(talk)[:40]),
            ):
                asked += [Trial(voice, int(number), taught, truth) for number in numbers_of]
    return asked


def report(name: str, heard: list[Heard], asked: list[Trial]) -> None:
    """Print a line for every way to compare."""
    truth = np.array([trial.truth for trial in asked])
    print(f"{name}: {len(asked)} trials, {np.sum(truth == SAME)} of the same words")
    ways = {
        "soft n-grams": lambda a, b: cosine(heard[a].grams, heard[b].grams),
        "embedding": lambda a, b: float(heard[a].vector @ heard[b].vector),
    }
    for shots in (1, 3):
        scores = {
            way: np.array(
                [np.mean([alike(t.asked, taught) for taught in t.taught[:shots]]) for t in asked]
            )
            for way, alike in ways.items()
        }
        scores["both"] = mixed(list(scores.values()), truth == SAME, asked)
        for way, score in scores.items():
            same, other, talk = (score[truth == kind] for kind in (SAME, OTHER, TALK))
            print(
                f"  {shots} taught, {way:13}"
                f" EER words {100 * equal_error(same, other):5.1f} talk"
                f" {100 * equal_error(same, talk):5.1f} missed at 1 %"
                f" {100 * missed(same, talk, 0.01):5.1f}"
                f" at 0.2 % {100 * missed(same, talk, 0.002):5.1f}",
                flush=True,
            )


def mixed(scores: list[Floats], same: NDArray[np.bool_], asked: list[Trial]) -> Floats:
    """Logistic mixture, each half of the voices by what the other half taught."""
    voices = sorted({trial.voice for trial in asked})
    half = np.array([voices.index(trial.voice) % 2 for trial in asked])
    inputs = np.stack([*scores, np.ones(len(asked))], axis=1)
    out = np.zeros(len(asked))
    for side in (0, 1):
        weights = logistic(inputs[half != side], same[half != side])
        out[half == side] = inputs[half == side] @ weights
    return out


def slots(logits: NDArray[np.float32]) -> list[dict[int, float]]:
    """Symbols and how likely each is, slot by slot.

    Frames in a row that are open (blank below 1 - `OPEN`) with the same best symbol are one slot;
    a symbol's weight is its maximum over them. The likeliest `KEEP` above `LEAST` stay.
    """
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    is_open, shares[:, 0] = shares[:, 0] < 1 - OPEN, 0.0
    found: list[NDArray[np.float32]] = []
    before = -1
    for frame, opened in zip(shares, is_open, strict=True):
        best = int(frame.argmax()) if opened else -1
        if opened and best == before:
            found[-1] = np.maximum(found[-1], frame)
        elif opened:
            found.append(frame)
        before = best
    kept = [{int(s): float(w[s]) for s in np.argsort(-w)[:KEEP] if w[s] > LEAST} for w in found]
    return [slot for slot in kept if slot]


def grams(heard: list[dict[int, float]]) -> Grams:
    """Singles, neighbours, triples, pairs with a slot between at `SKIPPED`; -1, -2 are the ends."""
    places = [{-1: 1.0}, *heard, {-2: 1.0}] if heard else []
    found: Grams = defaultdict(float)
    for at, first in enumerate(places):
        second, third = (places[at + n] if at + n < len(places) else {} for n in (1, 2))
        for a, pa in first.items():
            if a >= 0:
                found[(a,)] = max(found[(a,)], pa)
            for b, pb in second.items():
                found[a, b] = max(found[a, b], pa * pb)
                for c, pc in third.items():
                    found[a, b, c] = max(found[a, b, c], pa * pb * pc)
            for c, pc in third.items():
                found[a, -3, c] = max(found[a, -3, c], SKIPPED * pa * pc)
    return dict(found)


def cosine(one: Grams, other: Grams) -> float:
    """Of two sets of soft n-grams; 0 where nothing was heard."""
    length = np.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return sum(w * other.get(gram, 0.0) for gram, w in one.items()) / length if length else 0.0


if __name__ == "__main__":
    main()
