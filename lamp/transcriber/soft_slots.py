"""Reading the frames softly: where a symbol was heard, and which ones it may have been.

A frame is open if something other than blank is likely enough there. Open frames in a row with
the same likeliest symbol are one slot, and the weight of a symbol in it is the highest it has in
any of them. No path is chosen, so what the best path leaves out is kept.
"""

from __future__ import annotations

import numpy as np

from lamp.soft_text import Slot
from lamp.transcriber.acoustic_model import LogProbabilities
from lamp.transcriber.alphabet import Alphabet

OPEN = 0.15  # 1 - P(blank) above which a frame is open
MOST = 4  # symbols kept in a slot
LEAST = 0.03  # probability of a symbol that is kept
HEARD = 0.3  # of the likeliest symbol in the clearest slot; less everywhere is noise


def slots(log_probabilities: LogProbabilities, alphabet: Alphabet) -> tuple[Slot, ...]:
    """The slots of frames, in the order of time; special symbols are in none.

    Args:
        log_probabilities: shape [frames, symbols].
    """
    blank = np.exp(log_probabilities[:, alphabet.blank])
    frames = np.flatnonzero(1 - blank > OPEN)
    columns = [column for column in range(len(alphabet.symbols)) if alphabet.written(column)]
    if not len(frames) or not columns:
        return ()
    probabilities = np.exp(log_probabilities[frames][:, columns])
    best = probabilities.argmax(axis=1)
    begins = (np.diff(frames, prepend=-2) > 1) | (np.diff(best, prepend=-1) != 0)
    weights = np.maximum.reduceat(probabilities, np.flatnonzero(begins))  # [slots, columns]
    likeliest = np.argsort(-weights, axis=1, kind="stable")[:, :MOST]
    kept = np.take_along_axis(weights, likeliest, axis=1)
    symbols = [alphabet.written(column) for column in columns]
    found = (
        tuple((symbols[each], p) for each, p in zip(row, weight, strict=True) if p > LEAST)
        for row, weight in zip(likeliest.tolist(), kept.tolist(), strict=True)
    )
    return tuple(slot for slot in found if slot)


def is_noise(heard: tuple[Slot, ...]) -> bool:
    """No symbol is likely anywhere in ``heard``."""
    return all(slot[0][1] < HEARD for slot in heard)
