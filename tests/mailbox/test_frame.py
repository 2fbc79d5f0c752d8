from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamp.mailbox import frame
from lamp.mailbox.frame import BadFrameError, Frame, FrameReader, UnknownMessageError
from lamp.messages import KINDS, Decided, Flip, Message, Sound, Transcript, Utterance

UTTERANCE = Utterance("u1", b"\x01\x02\x03\x04", 0.5, 1.5, 2.0, -math.inf, 0.25, final=False)
TRANSCRIPT = Transcript("u1", "licht an", 0.9, 0.5, 1.5, 2.1, '["é",[{"é":90}]]', {"ctc": 0.01})
DECIDED = Decided("u1", "licht an", (0.1, 0.8, 0.1), "lit", "sure enough", 2.2)


def sent(message: Message, sequence: int = 0) -> Frame:
    reader = FrameReader()
    reader.feed(frame.pack(*frame.encode(message), sequence))
    arrived = reader.next()
    assert arrived is not None
    return arrived


@pytest.mark.parametrize("message", [UTTERANCE, TRANSCRIPT, DECIDED, Sound(b"", 3.0)])
def test_a_message_arrives_as_it_was_sent(message: Message) -> None:
    assert frame.decode(sent(message)) == message


def test_sound_travels_raw_behind_the_text() -> None:
    arrived = sent(UTTERANCE)
    assert arrived.raw == UTTERANCE.pcm
    assert arrived.size == len(arrived.text) + 4


def test_every_kind_of_message_is_known() -> None:
    assert all(kind in frame._KINDS for kind in KINDS)


def test_an_acknowledgement_carries_only_its_number() -> None:
    reader = FrameReader()
    reader.feed(frame.acknowledgement(7))
    arrived = reader.next()
    assert arrived is not None
    assert arrived.acknowledges
    assert arrived.sequence == 7
    assert not sent(Flip("f", "lit", 0.0), 7).acknowledges


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(1, 40))
def test_frames_are_cut_wherever_the_stream_is_torn(sounds: list[bytes], step: int) -> None:
    stream = b"".join(
        frame.pack(*frame.encode(Sound(pcm, float(i))), i) for i, pcm in enumerate(sounds)
    )
    reader = FrameReader()
    arrived = []
    for begin in range(0, len(stream), step):
        reader.feed(stream[begin : begin + step])
        while (one := reader.next()) is not None:
            arrived.append(one)
    assert [frame.decode(one) for one in arrived] == [
        Sound(pcm, float(i)) for i, pcm in enumerate(sounds)
    ]
    assert [one.sequence for one in arrived] == list(range(len(sounds)))


@pytest.mark.parametrize(
    "lengths",
    [(frame.MOST_JSON + 1, 0), (10, frame.MOST_RAW + 1), (0, 1)],
    ids=["too much text", "too many raw bytes", "raw bytes without text"],
)
def test_impossible_lengths_are_refused_before_they_are_waited_for(
    lengths: tuple[int, int],
) -> None:
    reader = FrameReader()
    reader.feed(struct.pack(">IIQ", *lengths, 1))
    with pytest.raises(BadFrameError):
        reader.next()


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (b"\xff", b""),
        (b"{}", b""),
        (b"[1, 2]", b""),
        (b'["Nonsense", {}]', b""),
        (b'["Flip", {"id": "f"}]', b""),
        (b'["Flip", {"id": "f", "state": "blue", "at": 0.0}]', b""),
        (b'["Flip", {"id": "f", "state": "lit", "at": 0.0}]', b"too much"),
        (b'["Sound", {"pcm": 5, "started": 0.0}]', b"abc"),
        (b'["Sound", {"pcm": "5", "started": 0.0}]', b"abc"),
        (b'["Sound", {"started": 0.0}]', b""),
        (b'["Sound", 1]', b""),
        (b"[" * 100_000, b""),
    ],
)
def test_what_is_no_message_is_said_to_be_unknown(text: bytes, raw: bytes) -> None:
    with pytest.raises(UnknownMessageError):
        frame.decode(Frame(text, raw, 1))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_otherwise(noise: bytes) -> None:
    reader = FrameReader()
    reader.feed(noise)
    try:
        while (arrived := reader.next()) is not None:
            if not arrived.acknowledges:
                frame.decode(arrived)
    except (BadFrameError, UnknownMessageError):
        pass
