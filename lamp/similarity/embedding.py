"""An utterance's embedding in a few bytes: signed, the largest component 127.

The length of the vector is lost, and not wanted: the acoustic model writes vectors of length one.

>>> vector = np.array([0.6, -0.8, 0.0], np.float32)
>>> packed(vector)
b'_\\x81\\x00'
>>> bool(np.allclose(unpacked(packed(vector)), vector, atol=0.005))
True
>>> unpacked(b"").shape
(0,)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def packed(vector: NDArray[np.float32]) -> bytes:
    """A float32 vector [n], n >= 0, as n bytes; as none where it is zero or no vector at all."""
    largest = np.abs(vector).max(initial=np.float32(0))
    if not 0 < largest < np.inf:
        return b""
    return bytes(np.rint(vector / largest * 127).astype(np.int8))


def unpacked(packed_vector: bytes) -> NDArray[np.float32]:
    """What :func:`packed` made, float32 [n], of Euclidean length one."""
    vector = np.frombuffer(packed_vector, np.int8).astype(np.float32)
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)
