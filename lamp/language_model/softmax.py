"""Softmax, the only nonlinearity of the model, and its gradient."""

from __future__ import annotations

import numpy as np

from .arrays import Floats


def softmax(logits: Floats) -> Floats:
    """exp(logits), normalised to sum one along the last axis."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def through_softmax(output: Floats, gradient: Floats) -> Floats:
    """The gradient with respect to the logits, from that with respect to the softmax.

    dz = H * (dH - <H, dH>), along the last axis.
    """
    inner = (output * gradient).sum(axis=-1, keepdims=True)
    return np.asarray(output * (gradient - inner))
