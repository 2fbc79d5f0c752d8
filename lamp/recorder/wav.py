"""Reads WAV files of any rate, width and number of channels as 16 kHz mono, piece by piece.

However long a recording is, no more than a piece of it is in memory.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lamp.errors import BadRecording
from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import Samples
from lamp.recorder.wav_header import CONVERT, FLOAT, Format, Layout, read_header

PIECE = 1 << 18  # bytes of a file that are read at once: 8 s of 16 kHz


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole recording.

    Args:
        samples: int16, shape [n], 16 kHz mono.
        missing: s that the header promises but the file does not hold; 0 for a whole file.
    """

    samples: Samples
    missing: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / SAMPLE_RATE


class WavFile:
    """A WAV file whose header was found in order. One that was cut off gives what it holds.

    Raises:
        BadRecording: missing, no file, not a WAV file, empty, or of a kind that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
                raise BadRecording(f"{path} is neither a file nor a folder. Copy it into a file")
            with path.open("rb") as file:
                self._layout: Layout = read_header(file, path)
        except OSError as error:
            raise _unreadable(path, error) from error

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self._layout.frames / self._layout.form.rate

    @property
    def missing(self) -> float:
        """Seconds that the header promises but the file does not hold; 0 for a whole file."""
        return self._layout.missing

    def pieces(self) -> Iterator[Samples]:
        """Its sound, int16 [n] at 16 kHz mono, some seconds at a time.

        Raises:
            BadRecording: it cannot be read on, or holds samples that are no numbers.
        """
        form, left = self._layout.form, self._layout.frames
        resample = _resampler(form.rate)
        try:
            with self._path.open("rb") as file:
                file.seek(self._layout.begin)
                while left:
                    frames = min(left, max(1, PIECE // form.frame))
                    sound = file.read(frames * form.frame)
                    left = left - frames if len(sound) == frames * form.frame else 0
                    whole = sound[: len(sound) // form.frame * form.frame]
                    yield _as_int16(resample(_mono(whole, form, self._path), not left))
        except OSError as error:
            raise _unreadable(self._path, error) from error


def read_recording(path: Path) -> Recording:
    """The whole WAV file at ``path``; for short ones.

    Raises:
        BadRecording: see :class:`WavFile`.
    """
    file = WavFile(path)
    return Recording(np.concatenate(list(file.pieces())), file.missing)


def _unreadable(path: Path, error: OSError) -> BadRecording:
    why = error.strerror or str(error)
    return BadRecording(f"cannot read {path}: {why}. Check the name and permissions")


def _mono(sound: bytes, form: Format, path: Path) -> NDArray[np.float32]:
    """Mean of the channels, -1..1."""
    wide: NDArray[np.float32]
    if form.code == FLOAT:
        raw = np.frombuffer(sound, f"<f{form.width}")
        if not np.isfinite(raw).all():
            raise BadRecording(f"{path} holds samples that are no numbers. {CONVERT}")
        wide = np.clip(raw, -1e6, 1e6).astype(np.float32)
    elif form.width == 1:  # the only unsigned one
        wide = (np.frombuffer(sound, np.uint8).astype(np.float32) - 128) / np.float32(128)
    elif form.width == 3:
        padded = np.zeros((len(sound) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(sound, np.uint8).reshape(-1, 3)
        wide = padded.reshape(-1).view("<i4").astype(np.float32) / np.float32(2**31)
    else:
        wide = np.frombuffer(sound, f"<i{form.width}").astype(np.float32)
        wide /= 2 ** (8 * form.width - 1)
    return np.asarray(wide.reshape(-1, form.channels).mean(axis=1), np.float32)


def _resampler(rate: int) -> Callable[[NDArray[np.float32], bool], NDArray[np.float32]]:
    """Brings the pieces of one recording to 16 kHz; it is told which is the last."""
    if rate == SAMPLE_RATE:
        return lambda samples, _: samples
    import soxr  # noqa: PLC0415 - not for those whose sound has the right rate

    stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
    return lambda samples, last: np.asarray(stream.resample_chunk(samples, last=last), np.float32)


def _as_int16(samples: NDArray[np.float32]) -> Samples:
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
