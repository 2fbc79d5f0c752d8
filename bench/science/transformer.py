"""A standard decoder-only transformer of equal size, from random weights, on the same data."""

from __future__ import annotations

import time

import numpy as np

from bench.science.decoder import Adam, Parameters, Sizes, logits, loss_and_gradient, random_weights
from bench.science.exchanges import ACTIONS, exchanges
from bench.science.report import Curve, Section, draw
from bench.science.saffu.network import misread
from bench.science.text import VOCABULARY, contexts, counted, tokens
from bench.science.warm_start import (
    BATCH,
    RATE,
    SMOOTHING,
    TEST,
    TRAIN,
    perplexity,
)
from lamp.language_model import PRESETS, Example, LanguageModel, StepBudget
from lamp.language_model.arrays import Floats, Ints, softmax
from lamp.language_model.closed_form import closed_form, log_share
from lamp.language_model.text import Tokenizer

SECONDS = 16.0  # of processor time, each of the two on text
RADIUS = 4
ON_TEXT = Sizes(VOCABULARY, places=32, width=104)
LEARNED = (10, 30, 100, 300, 1_000)  # exchanges
NOISE, ASKED, STEPS = 0.12, 500, 400
POTATO = PRESETS["potato"]
ON_EXCHANGES = Sizes(POTATO.vocabulary, places=48, width=32, layers=2)


def size(weights: Parameters) -> int:
    return sum(each.size for each in weights.values())


def train_on_text(
    seconds: float, seed: int = 0, rate: float = 0.002, share: float = 0.0
) -> tuple[Curve, int]:
    """Test perplexity against processor seconds, and the transformer's parameters.

    Args:
        share: of the tokens that are read as others (see :func:`misread`), drawn anew at times.
    """
    rng, every = np.random.default_rng(seed), tokens()
    weights = {name: each.astype(np.float32) for name, each in random_weights(ON_TEXT, rng).items()}
    adam, length = Adam(rate), ON_TEXT.places
    judged = np.ones((16, length), dtype=bool)
    spent, passed, found = 0.0, [], []
    while spent < seconds:
        began = time.process_time()
        read = misread(every, share, every[:TRAIN], rng)
        for _ in range(40):
            rows = rng.integers(8, TRAIN - length - 1, 16)[:, None] + np.arange(length + 1)
            left = max(0.02, 1 - spent / seconds)
            _, slope = loss_and_gradient(
                weights, ON_TEXT, read[rows[:, :-1]], every[rows[:, 1:]], judged
            )
            adam.step(weights, slope, left)
        spent += time.process_time() - began
        passed.append(spent)
        found.append(text_perplexity(weights, every))
    return ("transformer, random weights", passed, found), size(weights)


def on_text() -> tuple[list[Curve], int]:
    """The transformer, and one softmax layer beside it."""
    theirs, parameters = train_on_text(SECONDS)
    return [theirs, softmax_layer(np.random.default_rng(0))], parameters


def text_perplexity(weights: Parameters, every: Ints) -> float:
    """On the same test tokens, each with at least half a context before it."""
    half = ON_TEXT.places // 2
    starts = np.arange(TRAIN - half, TRAIN + TEST - half, half)
    rows = starts[:, None] + np.arange(ON_TEXT.places)
    answers = softmax(logits(weights, ON_TEXT, every[rows])[:, half - 1 : -1])
    targets = every[rows[:, half:]]
    right = np.take_along_axis(answers, targets[:, :, None], 2)
    return float(np.exp(-np.log(right).mean()))


def softmax_layer(rng: np.random.Generator) -> Curve:
    """The closed form of one softmax layer on four ciphers, then plain gradient steps."""
    began = time.process_time()
    inputs, targets = contexts(RADIUS, 8, TRAIN)
    mass = counted(RADIUS, 8, TRAIN)
    weights: Floats = closed_form(mass, log_share(mass.sum(0)), float(RADIUS), SMOOTHING)
    spent = time.process_time() - began
    test = contexts(RADIUS, TRAIN, TRAIN + TEST)
    seconds, found = [spent], [perplexity(weights, *test)]
    while spent < SECONDS:
        began = time.process_time()
        for _ in range(100):
            rows = rng.integers(0, len(targets), BATCH)
            slope = softmax(inputs[rows] @ weights)
            slope[np.arange(BATCH), targets[rows]] -= 1
            weights = weights - RATE / BATCH * inputs[rows].T @ slope
        spent += time.process_time() - began
        seconds.append(spent)
        found.append(perplexity(weights, *test))
    return "closed form, then gradient steps", seconds, found


def on_exchanges(said: list[Example], asked: list[Example]) -> tuple[float, float, float]:
    """Accuracy, cross-entropy and processor seconds of a transformer that learns exchanges."""
    rng = np.random.default_rng(0)
    began = time.process_time()
    tokenizer = Tokenizer.train((each.text for each in said), POTATO.vocabulary, ACTIONS)
    weights, adam = random_weights(ON_EXCHANGES, rng), Adam(0.003)
    learn = [tokenizer.encode(each.text)[: ON_EXCHANGES.places] for each in said]
    for step in range(STEPS):
        rows = rng.integers(0, len(said), 16)
        batch, last = padded([learn[row] for row in rows])
        targets, judged = np.zeros_like(batch), np.zeros(batch.shape, dtype=bool)
        targets[np.arange(16), last] = [1 + said[row].label for row in rows]
        judged[np.arange(16), last] = True
        _, slope = loss_and_gradient(weights, ON_EXCHANGES, batch, targets, judged)
        adam.step(weights, slope, 1 - step / STEPS)
    spent = time.process_time() - began
    batch, last = padded([tokenizer.encode(each.text)[: ON_EXCHANGES.places] for each in asked])
    final = logits(weights, ON_EXCHANGES, batch)[np.arange(len(asked)), last, 1 : 1 + len(ACTIONS)]
    answers, labels = softmax(final), [each.label for each in asked]
    right = np.maximum(answers[np.arange(len(asked)), labels], 1e-9)
    return float((answers.argmax(1) == labels).mean()), float(-np.log(right).mean()), spent


def padded(sequences: list[Ints]) -> tuple[Ints, Ints]:
    """A batch filled up with zeros, and the last place of each that is not."""
    last = np.array([len(each) - 1 for each in sequences])
    batch = np.zeros((len(sequences), last.max() + 1), dtype=np.int64)
    for row, each in enumerate(sequences):
        batch[row, : len(each)] = each
    return batch, last


def run() -> Section:
    """On text by processor seconds; on exchanges by how many were learned from."""
    text_curves, parameters = on_text()
    rows: list[list[object]] = []
    asked = exchanges("lamp", ASKED, NOISE, 1)
    for count in LEARNED:
        said = exchanges("lamp", count, NOISE, 0)
        began = time.process_time()
        rng = np.random.default_rng(0)
        model = LanguageModel.fit(said, ACTIONS, POTATO, StepBudget(60), rng)
        spent = time.process_time() - began
        ours = model.score(asked)
        accuracy, entropy, theirs = on_exchanges(said, asked)
        rows.append([count, ours.accuracy, accuracy, ours.cross_entropy, entropy, spent, theirs])
    learned = [
        ("the lamp's model", LEARNED, [row[1] for row in rows]),
        ("transformer", LEARNED, [row[2] for row in rows]),
    ]
    small = size(random_weights(ON_EXCHANGES, np.random.default_rng(0)))
    ahead = [row[0] for row in rows if row[1] > row[2]]  # type: ignore[operator]
    surer = [row[0] for row in rows if row[3] < row[4]]  # type: ignore[operator]
    best = min(text_curves[0][2])
    return Section(
        "transformer",
        "Against a standard transformer",
        "A near-shallow model with a warm start needs fewer data and less time than a standard "
        "transformer of equal size from random weights.",
        f"On text (the Python manual, {TRAIN} words): the closed form of one softmax layer "
        f"({RADIUS} words, {RADIUS * 60 * VOCABULARY} weights) has perplexity "
        f"{text_curves[1][2][0]:.0f} after {text_curves[1][1][0]:.1f} s and "
        f"{text_curves[1][2][-1]:.0f} at the end; a transformer of {parameters} parameters, "
        f"context {ON_TEXT.places}, reaches {best:.0f} in {SECONDS:.0f} s of processor time. On "
        f"the lamp's own task ({small} parameters against the preset potato's) the lamp's model is "
        f"more often right after {ahead} of {list(LEARNED)} exchanges, and has less cross-entropy "
        f"after {surer}: it gives no chance to an action that it never saw, which costs after ten. "
        f"The transformer's recipe: Adam, rate falling linearly to zero, {STEPS} batches of 16.",
        [
            "exchanges",
            "accuracy, lamp",
            "transformer",
            "cross-entropy, lamp",
            "transformer",
            "s, lamp",
            "transformer",
        ],
        rows,
        [
            draw("transformer_text", text_curves, "processor seconds", "test perplexity", "xy"),
            draw(
                "transformer_exchanges", learned, "exchanges learned from", "held-out accuracy", "x"
            ),
        ],
    )
