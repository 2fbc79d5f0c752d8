"""Reading the frames: the best path, and how sure it is.

CTC (Graves et al. 2006): a path names one symbol per frame; its text is the path with
repeats merged and blanks dropped.
"""

from __future__ import annotations

import numpy as np

from lamp.transcriber.acoustic_model import LogProbabilities
from lamp.transcriber.alphabet import Alphabet


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
