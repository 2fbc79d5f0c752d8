"""Writes WAV files of every kind, whole and broken."""

from __future__ import annotations

import struct

import numpy as np

PCM, FLOAT = 1, 3


def tone(rate: int, seconds: float = 1.0, pitch: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * pitch * np.arange(round(rate * seconds)) / rate)


def encoded(samples: np.ndarray, bits: int, code: int = PCM) -> bytes:
    if code == FLOAT:
        return samples.astype(f"<f{bits // 8}").tobytes()
    if bits == 8:
        return (samples * 127 + 128).astype(np.uint8).tobytes()
    if bits == 24:
        wide = (samples * (2**23 - 1)).astype("<i4").tobytes()
        return b"".join(wide[place : place + 3] for place in range(0, len(wide), 4))
    return (samples * (2 ** (bits - 1) - 1)).astype(f"<i{bits // 8}").tobytes()


def wav(
    data: bytes,
    rate: int = 16_000,
    bits: int = 16,
    channels: int = 1,
    code: int = PCM,
    *,
    promised: int | None = None,
    riff: int | None = None,
    extensible: bool = False,
    before: bytes = b"",
) -> bytes:
    """The bytes of a file.

    Args:
        promised: what the header says of the length of the sound, where it lies.
        riff: the same of the length of the file.
        before: other chunks, before the sound.
    """
    width = channels * bits // 8
    kind = 0xFFFE if extensible else code
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * width, width, bits)
    if extensible:
        form += struct.pack("<HHIH14s", 22, bits, 0, code, b"\0" * 14)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + before
    body += b"data" + struct.pack("<I", len(data) if promised is None else promised) + data
    return b"RIFF" + struct.pack("<I", len(body) if riff is None else riff) + body
