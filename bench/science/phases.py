"""After the closed form: which descent suits a deadline, and whether moving embeddings pays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.science.exchanges import ACTIONS, exchanges
from bench.science.frozen import exponentiated
from bench.science.network import Batch, Weights, below_hidden, forward
from bench.science.report import Section, draw
from lamp.language_model import PRESETS, StepBudget
from lamp.language_model.arrays import Floats, softmax
from lamp.language_model.encoder import Encoder
from lamp.language_model.features import Layer
from lamp.language_model.fitting import FitResult, TrainingSet, fit_closed_form, score
from lamp.language_model.refine import Objective, refine, refined

SETTINGS = PRESETS["potato"]
NOISE, ASKED, SEEDS = 0.2, 600, 3
LEARNED = (100, 300, 1_000)
DEADLINES = (0.02, 0.04, 0.08, 0.16, 0.32)  # s of processor time after the closed form
PEAKS = (0.3, 1.0, 3.0)  # of the one-cycle rate
MOMENTUM, CHUNKS = 0.9, 8
EXPONENTIATED, RATE = 40, 30.0  # steps on the embeddings, and their rate

Judge = Callable[[Weights], float]


@dataclass(frozen=True)
class Problem:
    """Exchanges to learn, their closed form, and a judge of weights on others."""

    training: TrainingSet
    closed: FitResult
    objective: Objective
    judge: Judge

    def weights(self, correction: Layer) -> Weights:
        """All weights of the network, with U = P + D."""
        hidden = self.objective.closed_form.plus(correction)
        return Weights.of(self.training.encoder, self.closed, hidden)


@lru_cache(8)
def problem(count: int, seed: int) -> Problem:
    """``count`` exchanges, and others to judge by."""
    said, asked = exchanges("lamp", count, NOISE, seed), exchanges("lamp", ASKED, NOISE, seed + 99)
    encoder, encoded = Encoder.train(said, ACTIONS, SETTINGS)
    training = TrainingSet.of(encoder, encoded, said)
    closed, objective = fit_closed_form(training)
    held = TrainingSet.of(encoder, [encoder.encode(each.text) for each in asked], asked)
    unseen, prior = Batch.of(held.encoded), held.features(closed.attention).l1_norm()

    def judge(weights: Weights) -> float:
        answers = forward(weights, unseen, closed.counts.prior(prior)).answer
        return score(answers, held.labels, held.weights).cross_entropy

    return Problem(training, closed, objective, judge)


def one_cycle(given: Problem, seconds: float, peak: float) -> Iterator[Layer]:
    """Momentum steps on an eighth of the exchanges each; the rate rises until 30% of the time has
    passed and falls to zero at the deadline."""
    rng = np.random.default_rng(0)
    chunks, base = [], given.objective.closed_form
    for rows in np.array_split(rng.permutation(len(given.training.labels)), CHUNKS):
        features = given.training.part(rows).features(given.closed.attention)
        whole = given.objective
        parts = whole.targets[rows], whole.importance[rows], whole.offset[rows]
        chunks.append((features, *parts))
    correction, speed = base.zeros_like(), base.zeros_like()
    began = time.process_time()
    while (elapsed := (time.process_time() - began) / seconds) < 1:
        features, targets, importance, offset = chunks[int(rng.integers(CHUNKS))]
        hidden = softmax(features.times(base.plus(correction)) + offset)
        upwards = (hidden - targets) * importance[:, None]
        slope = features.transposed_times(upwards, len(base.grams))
        rate = peak * (elapsed / 0.3 if elapsed < 0.3 else (1 - elapsed) / 0.7)
        for part, downhill in enumerate(slope):
            pull = SETTINGS.l2 / CHUNKS * correction[part]
            speed[part][:] *= MOMENTUM
            speed[part][:] -= rate / importance.sum() * (downhill + pull)
            correction[part][:] += speed[part]
        yield correction


def at_deadline(count: int, seconds: float, peak: float | None) -> float:
    """Cross-entropy at the deadline; by L-BFGS without a peak, else by one cycle."""
    found = []
    for seed in range(SEEDS):
        given = problem(count, seed)
        correction = given.closed.correction
        began = time.process_time()
        if peak is not None:
            for moved in one_cycle(given, seconds, peak):
                correction = moved
        else:
            for moved in refine(given.objective, SETTINGS.l2, correction):
                if time.process_time() - began > seconds:
                    break
                correction = moved
        found.append(given.judge(given.weights(correction)))
    return float(np.mean(found))


def unfrozen(count: int) -> list[float]:
    """Cross-entropy of the closed form, after the frozen refinement, and after moving embeddings;
    then the seconds of both."""
    rows = []
    for seed in range(SEEDS):
        given = problem(count, seed)
        none = given.closed.correction
        began = time.process_time()
        found = refined(given.objective, SETTINGS.l2, StepBudget(60), none)
        frozen = time.process_time() - began
        batch, weights = Batch.of(given.training.encoded), given.weights(found)
        began, moved = time.process_time(), weights
        for _ in range(EXPONENTIATED):
            moved = moved._replace(embeddings=stepped(moved, batch, given.objective))
        spent = time.process_time() - began
        entropies = [given.judge(each) for each in (given.weights(none), weights, moved)]
        rows.append([*entropies, frozen, spent])
    return [float(each) for each in np.mean(rows, axis=0)]


def stepped(weights: Weights, batch: Batch, objective: Objective) -> Floats:
    """Embeddings after one exponentiated step; the comparisons must be computed, not looked up."""
    done = forward(weights, batch, objective.offset)
    share = objective.importance / objective.importance.sum()
    upwards = (done.hidden - objective.targets) * share[:, None]
    slope = below_hidden(weights, batch, done, upwards).embeddings
    rows = exponentiated(weights.embeddings, slope, RATE)
    rows[0] = 0  # <unk> says nothing
    return rows


def run() -> Section:
    """A table for the three phases, a figure for the deadline."""
    rows: list[list[object]] = [[count, *unfrozen(count)] for count in LEARNED]
    count = LEARNED[-1]
    curves = [("L-BFGS", DEADLINES, [at_deadline(count, each, None) for each in DEADLINES])]
    for peak in PEAKS:
        found = [at_deadline(count, each, peak) for each in DEADLINES]
        curves.append((f"one cycle, peak {peak:g}", DEADLINES, found))
    theirs = [[curve[2][place] for curve in curves[1:]] for place in (0, -1)]
    ours = curves[0][2][0], curves[0][2][-1]
    gain = max(abs(row[2] - row[3]) for row in rows)  # type: ignore[operator]
    return Section(
        "phases",
        "Three phases, and a deadline",
        "First the closed form, then gradient steps with frozen embeddings, then embeddings by "
        "exponentiated gradient; under a deadline a one-cycle rate scaled by elapsed time.",
        f"With n-grams beside them, moving the embeddings changes cross-entropy by {gain:.4f} nats "
        "at most, for several times the seconds of the refinement and without the cache: the lamp "
        f"leaves them frozen. At {count} exchanges and the shortest deadline one cycle ends "
        f"between {min(theirs[0]):.3f} and {max(theirs[0]):.3f}, by its peak, and L-BFGS at "
        f"{ours[0]:.3f}; at the longest between {min(theirs[1]):.3f} and {max(theirs[1]):.3f} "
        f"against {ours[1]:.3f}. "
        "With the right peak one cycle is as good, with a wrong one much worse; L-BFGS has no rate "
        "to choose and knows when it has arrived, so the lamp uses it. "
        f"Means of {SEEDS} seeds, {NOISE:.0%} of the letters wrong.",
        [
            "exchanges",
            "closed form",
            "refined, frozen",
            "then embeddings",
            "s, refinement",
            "s, embeddings",
        ],
        rows,
        [draw("deadline", curves, "s after the closed form", "cross-entropy at deadline", "xy")],
    )
