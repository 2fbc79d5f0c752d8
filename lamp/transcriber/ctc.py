"""Reading the frames: the best path, how sure it is, and the n best strings.

CTC (Graves et al. 2006): a path names one symbol per frame; its text is the path with
repeats merged and blanks dropped; the probability of a text is the sum over its paths.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lamp.transcriber.acoustic_model import LogProbabilities
from lamp.transcriber.alphabet import Alphabet

BEAM = 8  # prefixes kept per frame
MOST_SYMBOLS = 5  # looked at per frame
UNLIKELY = math.log(3e-3)  # symbols below are not looked at
SURE = math.log(0.999)  # a blank above only lets time pass
NEVER = -math.inf


def best_path(log_probabilities: LogProbabilities, alphabet: Alphabet) -> tuple[str, float]:
    """Text of the likeliest path, and the geometric mean probability of its characters.

    Args:
        log_probabilities: shape [frames, symbols].

    Returns:
        The text, and 0..1; 0 for an empty text.
    """
    if not len(log_probabilities):
        return "", 0.0
    columns = log_probabilities.argmax(axis=1)
    heights = log_probabilities[np.arange(len(columns)), columns]
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    peaks = np.maximum.reduceat(heights, starts)  # of each run of one symbol
    written = [alphabet.written(int(columns[start])) != "" for start in starts]
    text = alphabet.spell(int(columns[start]) for start in starts)
    return text, float(np.exp(peaks[written].mean())) if text else 0.0


def best_texts(
    log_probabilities: LogProbabilities, alphabet: Alphabet, most: int
) -> list[tuple[str, float]]:
    """The ``most`` likeliest texts with their probabilities, best first.

    A prefix beam search over the frames; the probabilities are those of the texts that the
    beam kept, and sum to at most 1.
    """
    beam: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, NEVER)}
    for frame in log_probabilities:
        beam = _extended(beam, frame, alphabet.blank)
    total: dict[str, float] = {}
    for prefix, (blank, symbol) in beam.items():
        text = alphabet.spell(prefix)
        total[text] = _add(total.get(text, NEVER), _add(blank, symbol))
    ranked = sorted(total.items(), key=lambda entry: (-entry[1], entry[0]))
    return [(text, min(1.0, math.exp(score))) for text, score in ranked[:most]]


def expected_ngrams(texts: Sequence[tuple[str, float]], length: int) -> dict[str, float]:
    """Expected counts of character n-grams, given the n best texts and their probabilities.

    Args:
        texts: as :func:`best_texts` gives them.
        length: n, characters. A space pads both ends, so that beginnings and ends count.
    """
    total = sum(probability for _, probability in texts)
    counts: dict[str, float] = {}
    for text, probability in texts:
        padded = f" {text} " if text else ""
        for start in range(len(padded) - length + 1):
            gram = padded[start : start + length]
            counts[gram] = counts.get(gram, 0.0) + probability / total
    return counts


Beam = dict[tuple[int, ...], tuple[float, float]]  # prefix -> log P ending in blank, in symbol


def _extended(beam: Beam, frame: LogProbabilities, blank: int) -> Beam:
    """The beam one frame later."""
    if frame[blank] > SURE:
        passed = float(frame[blank])
        return {prefix: (_add(*ends) + passed, NEVER) for prefix, ends in beam.items()}
    likely = np.argsort(frame)[::-1][:MOST_SYMBOLS]
    columns = [int(column) for column in likely if frame[column] > UNLIKELY] or [int(likely[0])]
    longer: Beam = {}
    for prefix, (in_blank, in_symbol) in beam.items():
        either = _add(in_blank, in_symbol)
        for column in columns:
            height = float(frame[column])
            if column == blank:
                _put(longer, prefix, either + height, NEVER)
            elif prefix and prefix[-1] == column:
                _put(longer, prefix, NEVER, in_symbol + height)
                if in_blank > NEVER:  # without a blank between, it is the same symbol
                    _put(longer, (*prefix, column), NEVER, in_blank + height)
            else:
                _put(longer, (*prefix, column), NEVER, either + height)
    ranked = sorted(longer.items(), key=lambda entry: -_add(*entry[1]))
    return dict(ranked[:BEAM])


def _put(beam: Beam, prefix: tuple[int, ...], in_blank: float, in_symbol: float) -> None:
    blank, symbol = beam.get(prefix, (NEVER, NEVER))
    beam[prefix] = (_add(blank, in_blank), _add(symbol, in_symbol))


def _add(one: float, other: float) -> float:
    """log(exp(one) + exp(other))."""
    if one < other:
        one, other = other, one
    return one if other == NEVER else one + math.log1p(math.exp(other - one))
