"""Reads WAV files of any rate, width and number of channels as 16 kHz mono.

Own few lines rather than the standard library's `wave`, which knows neither float samples
nor (before Python 3.12) the extensible header that many recorders write, and which refuses
a recording that was cut off.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lamp.errors import BadRecording
from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import Samples

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
CONVERT = "Convert it: ffmpeg -i IN -ac 1 -ar 16000 -c:a pcm_s16le OUT.wav"
LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000  # Hz
LONGEST = 2 << 30  # bytes: about 18 hours of 16 kHz, all in memory at once


@dataclass(frozen=True, slots=True)
class Format:
    """How the samples are written."""

    code: int  # PCM or FLOAT
    channels: int
    rate: int  # Hz
    width: int  # bytes a sample


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


def read_recording(path: Path) -> Recording:
    """The WAV file at ``path``. One that was cut off gives what it holds, and says so.

    Raises:
        BadRecording: missing, not a WAV file, empty, or of a kind that cannot be read.
    """
    try:
        if path.stat().st_size > LONGEST:
            raise BadRecording(f"{path} is larger than 2 GB. Cut it into shorter recordings")
        data = path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise BadRecording(f"cannot read {path}: {why}. Check the name and permissions") from error
    form, sound, promised = _chunks(data, path)
    frame = form.width * form.channels
    frames = len(sound) // frame
    if not frames:
        raise BadRecording(f"{path} holds no sound: it is empty. Record it again")
    mono = _mono(sound[: frames * frame], form, path)
    missing = max(0, promised - len(sound)) / frame / form.rate
    return Recording(_as_int16(_resampled(mono, form.rate)), missing)


def _chunks(data: bytes, path: Path) -> tuple[Format, bytes, int]:
    """The format, the bytes of sound, and how many bytes the header promised."""
    if not data:
        raise BadRecording(f"{path} holds no sound: it is empty. Record it again")
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadRecording(f"{path} is not a WAV file. {CONVERT}")
    form: Format | None = None
    place = 12
    while place + 8 <= len(data):
        name, size = data[place : place + 4], struct.unpack_from("<I", data, place + 4)[0]
        body = data[place + 8 : place + 8 + size]
        if name == b"fmt ":
            form = _format(body, path)
        if name == b"data":
            if form is None:
                raise BadRecording(f"{path} does not say how its sound is written. {CONVERT}")
            if size in (0, 0xFFFFFFFF):  # written to a pipe: all the rest is sound
                return form, data[place + 8 :], 0
            return form, body, size
        place += 8 + size + size % 2
    raise BadRecording(f"{path} is cut off before its sound begins. Copy or record it again")


def _format(body: bytes, path: Path) -> Format:
    if len(body) < 16:
        raise BadRecording(f"{path} is cut off before its sound begins. Copy or record it again")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if code == EXTENSIBLE and len(body) >= 26:
        code = struct.unpack_from("<H", body, 24)[0]
    known = (code == PCM and bits in (8, 16, 24, 32)) or (code == FLOAT and bits in (32, 64))
    if not known:
        raise BadRecording(f"{path} is a WAV file of kind {code} with {bits} bits. {CONVERT}")
    if not (1 <= channels <= 32 and LOWEST_RATE <= rate <= HIGHEST_RATE):
        raise BadRecording(f"{path} claims {channels} channels at {rate} Hz. {CONVERT}")
    return Format(code, channels, rate, bits // 8)


def _mono(sound: bytes, form: Format, path: Path) -> NDArray[np.float32]:
    """Mean of the channels, -1..1."""
    wide: NDArray[np.float32]
    if form.code == FLOAT:
        wide = np.frombuffer(sound, f"<f{form.width}").astype(np.float32)
        if not np.isfinite(wide).all():
            raise BadRecording(f"{path} holds samples that are no numbers. {CONVERT}")
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


def _resampled(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    if rate == SAMPLE_RATE:
        return samples
    import soxr  # noqa: PLC0415 - not for those whose sound has the right rate

    return np.asarray(soxr.resample(samples, rate, SAMPLE_RATE), np.float32)


def _as_int16(samples: NDArray[np.float32]) -> Samples:
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
