"""Names for the arrays that are passed around, and the model's only nonlinearity.

>>> softmax(np.log([[1.0, 3.0], [5.0, 5.0]])).round(2).tolist()
[[0.25, 0.75], [0.5, 0.5]]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def softmax(logits: Floats) -> Floats:
    """exp(logits), normalised to sum one along the last axis."""
    # The largest is taken away first: exp of it would overflow, and it cancels.
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))
