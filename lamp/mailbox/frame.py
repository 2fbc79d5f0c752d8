"""What a message looks like on a socket.

A frame is

    4 bytes  length of the JSON, big-endian
    4 bytes  length of the raw bytes behind it
    8 bytes  sequence number; 0: nobody waits for an acknowledgement
    JSON     [kind, fields], where a field of bytes is replaced by its length
    raw      the fields of bytes, one after the other

and an acknowledgement is a frame without JSON: the sequence number says of what. Sound
travels raw because base64 would cost a third more, and nothing is ever unpickled.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, fields, is_dataclass

import msgspec

from lamp.messages import KINDS, Message

_HEAD = struct.Struct(">IIQ")
MOST_JSON = 1 << 20  # bytes
MOST_RAW = 1 << 24  # bytes, more than eight minutes of sound


class BadFrameError(Exception):
    """The other side does not speak this language: nothing after it can be trusted."""


class UnknownMessageError(Exception):
    """A whole frame that holds no message known here; the next one may well."""


@dataclass(frozen=True, slots=True)
class Hello(Message):
    """First on every connection: who is calling, and which life of it this is."""

    sender: str
    incarnation: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, taken apart but not yet understood."""

    text: bytes
    raw: bytes
    sequence: int

    @property
    def size(self) -> int:
        """Bytes of its content."""
        return len(self.text) + len(self.raw)

    @property
    def acknowledges(self) -> bool:
        """Whether it only says that something was dealt with."""
        return not self.text


_KINDS: dict[str, type[Message]] = {**KINDS, "Hello": Hello}
_BYTES_FIELDS: dict[str, tuple[str, ...]] = {
    name: tuple(f.name for f in fields(kind) if f.type == "bytes") if is_dataclass(kind) else ()
    for name, kind in _KINDS.items()
}


def encode(message: Message) -> tuple[bytes, bytes]:
    """The JSON and the raw bytes of ``message``."""
    kind = type(message).__name__
    content = msgspec.to_builtins(message, builtin_types=(bytes,))
    raw = []
    for name in _BYTES_FIELDS[kind]:
        raw.append(content[name])
        content[name] = len(content[name])
    # The standard library's JSON, not msgspec's: it can say -Infinity, the level of silence.
    return json.dumps([kind, content], separators=(",", ":")).encode(), b"".join(raw)


def pack(text: bytes, raw: bytes = b"", sequence: int = 0) -> bytes:
    """A whole frame, ready for the socket."""
    return b"".join((_HEAD.pack(len(text), len(raw), sequence), text, raw))


def acknowledgement(sequence: int) -> bytes:
    """The frame that tells a sender it may forget a kept message."""
    return pack(b"", b"", sequence)


def decode(frame: Frame) -> Message:
    """The message in ``frame``.

    Raises:
        UnknownMessageError: its JSON is not a message of this version.
    """
    try:
        kind, content = json.loads(frame.text)
        begin = 0
        for name in _BYTES_FIELDS[kind]:
            end = begin + content[name]
            content[name] = frame.raw[begin:end]
            begin = end
        if begin != len(frame.raw):
            raise ValueError(f"{len(frame.raw)} raw bytes where {begin} were announced")
        return msgspec.convert(content, _KINDS[kind])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise UnknownMessageError(f"{type(error).__name__}: {error}") from error


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, some: bytes) -> None:
        """Add what the socket gave."""
        self._bytes += some

    def next(self) -> Frame | None:
        """The next whole frame, or None while it has not all arrived.

        Raises:
            BadFrameError: the lengths are impossible.
        """
        if len(self._bytes) < _HEAD.size:
            return None
        of_text, of_raw, sequence = _HEAD.unpack_from(self._bytes)
        if of_text > MOST_JSON or of_raw > MOST_RAW or (not of_text and of_raw):
            raise BadFrameError(f"a frame of {of_text} + {of_raw} bytes")
        middle = _HEAD.size + of_text
        end = middle + of_raw
        if len(self._bytes) < end:
            return None
        frame = Frame(
            bytes(self._bytes[_HEAD.size : middle]), bytes(self._bytes[middle:end]), sequence
        )
        del self._bytes[:end]
        return frame
