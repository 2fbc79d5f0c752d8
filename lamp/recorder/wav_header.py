"""What the header of a WAV file says: how its samples are written, and where they lie.

Own few lines rather than the standard library's `wave`, which knows neither float samples
nor (before Python 3.12) the extensible header that many recorders write, and which refuses
a recording that was cut off. RF64, which many write when it gets long, is read, too (EBU
Tech 3306).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lamp.errors import BadRecording

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
CONVERT = "Convert it: ffmpeg -i IN -ac 1 -ar 16000 -c:a pcm_s16le OUT.wav"
LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000  # Hz
MOST_CHUNKS = 1000  # before the sound
_LONGEST_FORMAT = 1 << 16  # bytes
#: From here on a length is what a recorder writes that does not know it yet (arecord, ffmpeg, sox).
UNKNOWN_LENGTH = 0x7FFF_0000


@dataclass(frozen=True, slots=True)
class Format:
    """How the samples are written."""

    code: int  # PCM or FLOAT
    channels: int
    rate: int  # Hz
    width: int  # bytes a sample

    @property
    def frame(self) -> int:
        """Bytes of a sample of all channels."""
        return self.width * self.channels


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the sound lies.

    begin: bytes from the beginning of the file.
    frames: samples of all channels, as many as are really there.
    missing: s that the header promises but the file does not hold; 0 for a whole file.
    """

    form: Format
    begin: int
    frames: int
    missing: float


def read_header(file: BinaryIO, path: Path) -> Layout:
    """Read up to the sound of a ``file`` that can be sought in; ``path`` is for messages.

    Raises:
        BadRecording: it is no WAV file, empty, cut off, or of a kind that cannot be read.
        OSError: it cannot be read.
    """
    size = os.fstat(file.fileno()).st_size
    head = file.read(12)
    if not head:
        raise BadRecording(f"{path} holds no sound: it is empty. Record it again")
    if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        raise BadRecording(f"{path} is not a WAV file. {CONVERT}")
    promised = struct.unpack_from("<I", head, 4)[0] + 8
    form: Format | None = None
    long: int | None = None  # bytes of sound in an RF64 file
    for _ in range(MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            break
        name, length = struct.unpack("<4sI", header)
        begin = file.tell()
        if name == b"data":
            if form is None:
                raise BadRecording(f"{path} does not say how its sound is written. {CONVERT}")
            if long is not None and length == 0xFFFF_FFFF:
                length = long
            elif not length and promised <= begin:
                length = UNKNOWN_LENGTH  # the recorder was killed before it wrote either
            return _layout(form, begin, length, size - begin, long is not None, path)
        if name == b"fmt ":
            form = _format(file.read(min(length, _LONGEST_FORMAT)), path)
        elif name == b"ds64" and head[:4] == b"RF64":
            body = file.read(16)
            long = struct.unpack_from("<Q", body, 8)[0] if len(body) == 16 else None
        file.seek(begin + length + length % 2)
    raise BadRecording(f"{path} is cut off before its sound begins. Copy or record it again")


def _layout(form: Format, begin: int, promised: int, there: int, long: bool, path: Path) -> Layout:
    frames = max(0, min(promised, there)) // form.frame
    if not frames:
        raise BadRecording(f"{path} holds no sound: it is empty. Record it again")
    unknown = promised >= UNKNOWN_LENGTH and not long
    missing = 0.0 if unknown else max(0, promised - there) / form.frame / form.rate
    return Layout(form, begin, frames, missing)


def _format(body: bytes, path: Path) -> Format:
    if len(body) < 16:
        raise BadRecording(f"{path} is cut off before its sound begins. Copy or record it again")
    code, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", body)
    if code == EXTENSIBLE and len(body) >= 26:
        code = struct.unpack_from("<H", body, 24)[0]
    known = (code == PCM and bits in (8, 16, 24, 32)) or (code == FLOAT and bits in (32, 64))
    if not known:
        raise BadRecording(f"{path} is a WAV file of kind {code} with {bits} bits. {CONVERT}")
    if not (1 <= channels <= 32 and LOWEST_RATE <= rate <= HIGHEST_RATE):
        raise BadRecording(f"{path} claims {channels} channels at {rate} Hz. {CONVERT}")
    form = Format(code, channels, rate, bits // 8)
    if frame != form.frame:
        raise BadRecording(f"{path} claims {frame} bytes for {channels} x {bits} bits. {CONVERT}")
    return form
