"""Label ciphers: the hidden state's targets [T].

What a hidden layer should say for a label is the label's own bit cipher. The actions come first
in the ranking, so with as many hidden units as actions each has a unit of its own; with fewer
units the later actions share them, as rare tokens share bits.
"""

from __future__ import annotations

from .arrays import Floats
from .bit_cipher import cipher_rows


def label_ciphers(actions: int, hidden: int) -> Floats:
    """The hidden target of each action.

    Returns:
        (actions, hidden), every row sums to 1; the first ``hidden`` rows are one-hot.

    Raises:
        ValueError: ``hidden`` bits cannot tell so many actions apart.
    """
    return cipher_rows(actions, hidden)
