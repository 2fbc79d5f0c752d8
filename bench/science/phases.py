"""After the closed form: which descent suits a deadline, and whether moving embeddings pays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from bench.science.exchanges import ACTIONS, exchanges
from bench.science.frozen import exponentiated
from bench.science.report import Section, draw
from lamp.language_model import PRESETS, StepBudget
from lamp.language_model.arrays import Floats
from lamp.language_model.counts import l1_norm
from lamp.language_model.encoder import Encoder, batch_of
from lamp.language_model.fitting import Lesson, closed_form, polished, score
from lamp.language_model.gradients import below_hidden
from lamp.language_model.label_cipher import label_ciphers
from lamp.language_model.network import Weights, see
from lamp.language_model.network import run as through
from lamp.language_model.polish import Task, nothing, plus, polish

SETTINGS = PRESETS["potato"]
NOISE, ASKED, SEEDS = 0.2, 600, 3
LEARNED = (100, 300, 1_000)
DEADLINES = (0.02, 0.04, 0.08, 0.16, 0.32)  # s of processor time after the closed form
PEAKS = (0.3, 1.0, 3.0)  # of the one-cycle rate
MOMENTUM, CHUNKS = 0.9, 8
EXPONENTIATED, RATE = 40, 30.0  # steps on the embeddings, and their rate

Judge = Callable[[Weights], float]


@lru_cache(8)
def problem(count: int, seed: int) -> tuple[Lesson, Task, Judge]:
    """Exchanges to learn, the task of polishing their closed form, and a judge of weights."""
    said, asked = exchanges("lamp", count, NOISE, seed), exchanges("lamp", ASKED, NOISE, seed + 99)
    encoder, encoded = Encoder.train_and_encode(said, ACTIONS, SETTINGS)
    ciphers = label_ciphers(len(ACTIONS), len(ACTIONS))
    lesson = Lesson.encoded_by(encoder, encoded, said, ciphers)
    counts, task = closed_form(lesson)
    held = Lesson.of(asked, encoder, ciphers)
    unseen = batch_of(held.encoded)

    def judge(weights: Weights) -> float:
        seen = see(unseen, *weights[:3], None)
        prior = counts.prior(l1_norm(seen[2], unseen.grams))
        answers = through(weights, unseen, None, prior, seen).answer
        return score(answers, held.labels, held.weights).cross_entropy

    return lesson, task, judge


def one_cycle(lesson: Lesson, task: Task, seconds: float, peak: float) -> Iterator[Weights]:
    """Momentum steps on an eighth of the exchanges each; the rate rises until 30% of the time has
    passed and falls to zero at the deadline."""
    rng = np.random.default_rng(0)
    chunks = []
    for rows in np.array_split(rng.permutation(len(lesson.labels)), CHUNKS):
        batch = batch_of([lesson.encoded[row] for row in rows])
        parts = task.targets[rows], task.importance[rows], task.correction[rows]
        seen = see(batch, *task.base[:3], task.cache)
        chunks.append((batch, seen, *parts))
    difference, speed = nothing(task.base), nothing(task.base)
    began = time.process_time()
    while (elapsed := (time.process_time() - began) / seconds) < 1:
        batch, seen, targets, importance, correction = chunks[int(rng.integers(CHUNKS))]
        done = through(plus(task.base, difference), batch, task.cache, correction, seen)
        upwards = (done.hidden - targets) * importance[:, None]
        slope = below_hidden(task.base, batch, done, upwards, False)
        rate = peak * (elapsed / 0.3 if elapsed < 0.3 else (1 - elapsed) / 0.7)
        for name in ("dense", "grams"):
            pull = SETTINGS.ridge / CHUNKS * getattr(difference, name)
            each = getattr(speed, name)
            each *= MOMENTUM
            each -= rate / importance.sum() * (getattr(slope, name) + pull)
            getattr(difference, name)[:] += each
        yield difference


def at_deadline(count: int, seconds: float, peak: float | None) -> float:
    """Cross-entropy at the deadline; by L-BFGS without a peak, else by one cycle."""
    found = []
    for seed in range(SEEDS):
        lesson, task, judge = problem(count, seed)
        difference = nothing(task.base)
        began = time.process_time()
        if peak is not None:
            for moved in one_cycle(lesson, task, seconds, peak):
                difference = moved
        else:
            for moved in polish(task, SETTINGS.ridge, False):
                if time.process_time() - began > seconds:
                    break
                difference = moved
        found.append(judge(plus(task.base, difference)))
    return float(np.mean(found))


def unfrozen(count: int) -> list[float]:
    """Cross-entropy of the closed form, after the frozen polish, and after moving embeddings;
    then the seconds of both."""
    rows = []
    for seed in range(SEEDS):
        _, task, judge = problem(count, seed)
        began = time.process_time()
        weights = plus(task.base, polished(task, SETTINGS, StepBudget(60), nothing(task.base)))
        frozen = time.process_time() - began
        moved = weights
        for _ in range(EXPONENTIATED):
            moved = moved._replace(embeddings=stepped(moved, task))
        spent = time.process_time() - began - frozen
        rows.append([judge(task.base), judge(weights), judge(moved), frozen, spent])
    return [float(each) for each in np.mean(rows, axis=0)]


def stepped(weights: Weights, task: Task) -> Floats:
    """Embeddings after one exponentiated step; the comparisons must be computed, not looked up."""
    done = through(weights, task.batch, None, task.correction)
    share = task.importance / task.importance.sum()
    upwards = (done.hidden - task.targets) * share[:, None]
    slope = below_hidden(weights, task.batch, done, upwards, True, True).embeddings
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
        "at most, for several times the seconds of the polish and without the cache: the lamp "
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
            "polish, frozen",
            "then embeddings",
            "s, polish",
            "s, embeddings",
        ],
        rows,
        [draw("deadline", curves, "s after the closed form", "cross-entropy at deadline", "xy")],
    )
