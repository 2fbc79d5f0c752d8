from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lamp.config import Audio
from lamp.listen.listener import Listener
from lamp.recorder.block import Block
from lamp.transcriber.engine import Follower
from lamp.transcriber.transcriber import Transcription
from tests.recorder.sounds import LoudVoice, Sound, blocks, hush, joined, speech


class Counting:
    """An engine that says how many tenths of a second it was given."""

    def transcribe(self, samples: NDArray[np.float32]) -> Transcription:
        return Transcription("x" * round(len(samples) / 1600), 0.8)

    def follow(self) -> Follower:
        raise AssertionError("nobody asked for partial transcripts")


def listener() -> Listener:
    return Listener(Audio(), LoudVoice(), Counting())


TWICE = joined(hush(2.0), speech(1.0), hush(1.5), speech(1.0), hush(1.5))


def test_each_utterance_is_a_take() -> None:
    ear = listener()
    takes = [take for block in blocks(TWICE) for take in ear.hear(block)]
    assert len(takes) == 2
    for take in takes:
        assert 1.0 < take.seconds < 1.5
        assert 12 <= len(take.text) <= 17
        assert take.soft
    found = ear.microphone()
    assert found.voice_db is not None
    assert found.room_db is not None
    assert found.room_db < -65 < -30 < found.voice_db


def test_pieces_of_any_length_are_heard_alike() -> None:
    def in_pieces_of(length: int) -> list[float]:
        ear = listener()
        pieces = [
            Block(TWICE[at : at + length], at / 16_000) for at in range(0, len(TWICE), length)
        ]
        return [take.seconds for piece in pieces for take in ear.hear(piece)]

    assert in_pieces_of(512) == in_pieces_of(16_000) == in_pieces_of(777)


def test_an_utterance_in_which_sound_is_missing_is_no_take() -> None:
    ear = listener()
    parts: list[tuple[Sound, float]] = [
        (joined(hush(1.0), speech(0.5)), 0.0),
        (joined(speech(0.5), hush(1.0)), 2.0),  # half a second was lost
    ]
    takes = [take for sound, at in parts for block in blocks(sound, at) for take in ear.hear(block)]
    assert takes == []
