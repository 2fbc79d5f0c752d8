"""SAFFU as a language model: the closed form of the whole stack, then the three phases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from bench.science.report import Curve, Section, draw
from bench.science.saffu.contexts import Singles
from bench.science.saffu.descent import MISREAD, RATE, descend, unfreeze
from bench.science.saffu.embed import embed, random_codes
from bench.science.saffu.explicit import OUTPUT_ROUNDS, output_round, warm_start
from bench.science.saffu.network import (
    Reader,
    Sizes,
    Weights,
    forward,
    nothing_known,
    perplexity,
)
from bench.science.text import VOCABULARY, contexts, counted, tokens
from bench.science.transformer import train_on_text
from bench.science.warm_start import SMOOTHING, TEST, TRAIN
from bench.science.warm_start import perplexity as layer_perplexity
from lamp.language_model.arrays import Ints
from lamp.language_model.closed_form import closed_form, log_share

SIZES = Sizes(VOCABULARY)
FULL, SHORT, UNFROZEN = 30.0, 10.0, 10.0  # s of processor time
SEED = 0

Curves = tuple[list[float], list[float], Weights]  # seconds, perplexity, and the last weights


class Text(NamedTuple):
    """A text cut in two. train, test: places."""

    every: Ints
    train: Ints
    test: Ints


def manual() -> Text:
    """The Python manual: 40,000 words to learn from, the 4,000 after them to be judged by."""
    return Text(tokens(), np.arange(8, TRAIN), np.arange(TRAIN, TRAIN + TEST))


def reader_of(text: Text, sizes: Sizes = SIZES, random: bool = False) -> Reader:
    """Embeddings are counted on what there is to learn from alone."""
    known = text.every[: text.train[-1] + 1]
    rng = np.random.default_rng(SEED)
    codes = random_codes(sizes.vocabulary, sizes.bits, rng) if random else None
    return Reader(text.every, embed(known, sizes.vocabulary, sizes.bits, sizes.radii, codes), sizes)


def cold(sizes: Sizes, rng: np.random.Generator) -> Weights:
    """Small random numbers, as usual."""
    return Weights(
        *(rng.normal(0, 0.02, each.shape).astype(np.float32) for each in nothing_known(sizes))
    )


def unigram(text: Text) -> float:
    """Perplexity of the shares of the tokens."""
    counts = np.bincount(text.every[text.train], minlength=VOCABULARY) + 1.0
    return float(np.exp(-np.log((counts / counts.sum())[text.every[text.test]]).mean()))


def one_layer(radius: int = 4) -> float:
    """The closed form of one softmax layer on the last four ciphers, which has no attention."""
    mass = counted(radius, 8, TRAIN)
    weights = closed_form(mass, log_share(mass.sum(0)), float(radius), SMOOTHING)
    return layer_perplexity(weights, *contexts(radius, TRAIN, TRAIN + TEST))


def curve(
    text: Text,
    reader: Reader,
    steps: Iterator[tuple[float, Weights]],
    first: Weights,
    every: float = 2.0,
) -> Curves:
    """Test perplexity before the first step, about every ``every`` seconds, and at the end."""
    seconds, found, weights = [0.0], [perplexity(first, reader, text.test)], first
    spent = 0.0
    for spent, weights in steps:
        if spent >= seconds[-1] + every:
            seconds.append(spent)
            found.append(perplexity(weights, reader, text.test))
    if seconds[-1] != spent:
        seconds.append(spent)
        found.append(perplexity(weights, reader, text.test))
    return seconds, found, weights


def phase_one(text: Text, reader: Reader) -> tuple[list[list[object]], Weights, Weights]:
    """Rows of (what, perplexity); the warm start, and the same with attention left uniform."""
    rows: list[list[object]] = [["unigram", unigram(text)], ["one layer, 4 words", one_layer()]]
    uniform = warm_start(reader, text.train, attention_rounds=0, output_rounds=0)
    on_output = uniform._replace(output=counted_on_output(uniform, reader, text.train))
    rows.append(["stack, O counted on H", perplexity(on_output, reader, text.test)])
    rows.append(["stack, O counted on the label ciphers", perplexity(uniform, reader, text.test)])
    warm = warm_start(reader, text.train, output_rounds=0)
    rows.append(["and W counted on its hidden targets", perplexity(warm, reader, text.test)])
    for done in range(1, OUTPUT_ROUNDS + 1):
        warm = output_round(warm, reader, text.train)
        uniform = output_round(uniform, reader, text.train)
        if done in (1, 4, OUTPUT_ROUNDS):
            rows.append([f"and {done} rounds of O", perplexity(warm, reader, text.test)])
    rows.append(["the same rounds, attention uniform", perplexity(uniform, reader, text.test)])
    return rows, warm, uniform


def counted_on_output(weights: Weights, reader: Reader, places: Ints) -> Singles:
    """O = log sum H (x) y: what the talk's words say literally."""
    mass = np.full((reader.sizes.vocabulary, reader.sizes.hidden), 0.01)
    for chunk in np.array_split(places, -(-len(places) // 1000)):
        batch = reader.at(chunk)
        np.add.at(mass, batch.targets, forward(weights, reader, batch).hidden)
    return np.log(mass.T).astype(np.float32)


def phase_two(text: Text, first: Weights, reader: Reader, seconds: float, **how: bool) -> Curves:
    """Steps with W (unless it is told otherwise), U and O."""
    rng = np.random.default_rng(SEED)
    return curve(text, reader, descend(first, reader, text.train, seconds, rng, **how), first)


def phase_three(text: Text, first: Weights, reader: Reader, seconds: float) -> Curves:
    """Steps with the embeddings as well; afterwards ``reader`` holds other ones."""
    rng = np.random.default_rng(SEED)
    rate = RATE / 5  # what is left to do is little
    return curve(text, reader, unfreeze(first, reader, text.train, seconds, rng, rate), first)


class Measured(NamedTuple):
    """rows: of phase 1. short: runs to compare, by name. longest, third: phases 2 and 3 of one."""

    rows: list[list[object]]
    short: dict[str, Curves]
    rival: tuple[Curve, int]
    longest: Curves
    third: Curves


def measured() -> Measured:
    """Everything there is to be said, some two minutes of a processor."""
    text = manual()
    reader, coded = reader_of(text), reader_of(text, random=True)
    rows, warm, uniform = phase_one(text, reader)
    short = {
        "warm": phase_two(text, warm, reader, SHORT),
        "warm, attention uniform": phase_two(text, uniform, reader, SHORT, attending=False),
        "cold": phase_two(text, cold(SIZES, np.random.default_rng(SEED)), reader, SHORT),
        "warm, random codes": phase_two(text, warm_start(coded, text.train), coded, SHORT),
    }
    longest = phase_two(text, warm, reader, FULL)
    third = phase_three(text, longest[2], reader, UNFROZEN)
    return Measured(rows, short, train_on_text(SHORT, share=MISREAD), longest, third)


def section(found: Measured) -> Section:
    """The table is phase 1, then where the runs end; the pictures are the runs."""
    rows, longest, third = list(found.rows), found.longest, found.third
    (_, *theirs), parameters = found.rival
    for name, each in (*found.short.items(), ("warm", longest)):
        rows.append([f"phase 2, {name}, {each[0][-1]:.0f} s", each[1][-1]])
    rows.append([f"phase 3 after it, {third[0][-1]:.0f} s", third[1][-1]])
    rows.append([f"transformer, {theirs[0][-1]:.0f} s", theirs[1][-1]])
    lines: list[Curve] = [(name, *each[:2]) for name, each in found.short.items()]
    lines.append(("transformer", *theirs))
    phases = [*longest[0], *(longest[0][-1] + spent for spent in third[0])]
    both: Curve = ("phases 2 and 3", phases, [*longest[1], *third[1]])
    shown = "processor seconds", "test perplexity", "y"
    return Section(
        "stack",
        "SAFFU as a language model",
        "The whole stack can be started from counts, W by hidden targets; from there steps with "
        "frozen embeddings go on fast, ahead of a cold start, and attention is worth its place.",
        f"{TRAIN} words of the Python manual, {TEST} to be judged by, vocabulary {VOCABULARY}. "
        f"SAFFU: {longest[2].count} weights by steps and {VOCABULARY * SIZES.width} counted; block "
        f"{SIZES.block}, radial {SIZES.radial}, document {SIZES.document}. Transformer: "
        f"{parameters} parameters, context 32. All that make steps misread {MISREAD:.0%} of the "
        "tokens on purpose, and are judged by their last step. What is set by hand was chosen on "
        "the last 4,000 words to learn from, with these in sight. Phase 3 "
        + ("helps here." if third[1][-1] < longest[1][-1] else "does not help here."),
        ["what", "test perplexity"],
        rows,
        [draw("stack", lines, *shown), draw("three_phases", [both], *shown)],
    )


def run() -> Section:
    """See :mod:`bench.science.report`."""
    return section(measured())
