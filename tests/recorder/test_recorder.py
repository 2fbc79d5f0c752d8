from __future__ import annotations

import numpy as np
import pytest

from lamp.config import Audio
from lamp.messages import Message, Utterance, Watermark
from lamp.recorder.block import Block
from lamp.recorder.recorder import Recorder
from tests.recorder.sounds import LoudVoice, hush, joined, speech


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(Audio(partial_every=0), LoudVoice(), lambda started: f"u{started:.3f}")


def play(
    recorder: Recorder, sound: np.ndarray, started: float = 0.0, piece: int = 1600
) -> list[Message]:
    told: list[Message] = []
    for offset in range(0, len(sound), piece):
        told += recorder.hear(Block(sound[offset : offset + piece], started + offset / 16_000))
    return told


def utterances(told: list[Message]) -> list[Utterance]:
    return [message for message in told if isinstance(message, Utterance)]


SENTENCE = joined(hush(2.0), speech(1.0), hush(1.5))


@pytest.mark.parametrize("piece", [160, 512, 1600, 16_000])
def test_the_length_of_the_pieces_does_not_matter(recorder: Recorder, piece: int) -> None:
    (heard,) = utterances(play(recorder, SENTENCE, piece=piece))
    assert heard.ended == pytest.approx(3.0, abs=0.07)


def test_where_no_silence_is_sent_its_absence_ends_an_utterance() -> None:
    audio = Audio(source="house", partial_every=0)
    recorder = Recorder(audio, LoudVoice(), lambda started: f"u{started:.3f}")
    told = play(recorder, joined(hush(2.0), speech(1.0)))
    told += play(recorder, hush(1.0), started=10.0)
    (heard,) = utterances(told)
    assert heard.ended == pytest.approx(3.0, abs=0.07)
    assert recorder.facts()["gaps"] == 1


@pytest.mark.parametrize("lost", [0.06, 0.1, 0.2, 0.45, 0.55, 3.0, 30.0])
@pytest.mark.parametrize("rest", [0.05, 0.5, 1.0, 9.0])
def test_of_a_sentence_in_which_sound_is_missing_nothing_is_told(
    recorder: Recorder, lost: float, rest: float
) -> None:
    """Its head was dropped, and its tail learnt as words of their own."""
    told = play(recorder, joined(hush(2.0), speech(0.5)))
    told += play(recorder, joined(speech(rest), hush(1.0)), started=2.5 + lost)
    assert utterances(told) == []
    assert recorder.facts()["spoilt"] == 1
    assert isinstance(told[-1], Watermark), "time goes on"
    assert len(utterances(play(recorder, SENTENCE, started=60.0))) == 1


def test_two_gaps_in_a_sentence_spoil_it_once(recorder: Recorder) -> None:
    told = play(recorder, joined(hush(2.0), speech(0.5)))
    told += play(recorder, speech(0.5), started=2.6)
    told += play(recorder, joined(speech(0.5), hush(1.0)), started=3.2)
    assert utterances(told) == []
    assert recorder.facts()["spoilt"] == 1


def test_a_moment_that_is_missing_in_silence_spoils_nothing(recorder: Recorder) -> None:
    play(recorder, hush(2.0))
    (heard,) = utterances(play(recorder, SENTENCE, started=2.1))
    assert heard.ended == pytest.approx(5.1, abs=0.07)
    assert recorder.facts() | {"gaps": 1, "spoilt": 0} == recorder.facts()


def test_a_little_that_is_missing_is_not_noticed(recorder: Recorder) -> None:
    told = play(recorder, joined(hush(2.0), speech(0.5)))
    told += play(recorder, joined(speech(0.5), hush(1.0)), started=2.54)
    assert len(utterances(told)) == 1


def test_no_part_of_a_spoilt_sentence_is_told() -> None:
    recorder = Recorder(Audio(partial_every=0.25), LoudVoice(), lambda started: f"u{started:.3f}")
    before = play(recorder, joined(hush(2.0), speech(0.5)))
    assert utterances(before)
    after = play(recorder, joined(speech(1.0), hush(1.0)), started=2.6)
    assert utterances(after) == []


def test_time_that_starts_again_is_survived(recorder: Recorder) -> None:
    play(recorder, joined(hush(2.0), speech(1.0)), started=5000.0)
    (heard,) = utterances(play(recorder, SENTENCE, started=0.0))
    assert heard.started < 3.0


def test_muted_it_hears_nothing_and_says_so(recorder: Recorder) -> None:
    recorder.mute(True)
    told = play(recorder, SENTENCE)
    assert {type(message) for message in told} == {Watermark}, "time goes on"
    assert recorder.facts()["state"] == "muted"
    assert recorder.facts()["utterances"] == 0


def test_muting_in_mid_sentence_drops_the_sentence(recorder: Recorder) -> None:
    play(recorder, joined(hush(2.0), speech(0.5)))
    recorder.mute(True)
    assert utterances(play(recorder, joined(speech(0.5), hush(1.0)), started=2.5)) == []
    recorder.mute(False)
    assert utterances(play(recorder, hush(1.0), started=4.0)) == []


def test_unmuted_it_hears_again(recorder: Recorder) -> None:
    recorder.mute(True)
    play(recorder, SENTENCE)
    recorder.mute(False)
    told = play(recorder, SENTENCE, started=4.5)
    assert len(utterances(told)) == 1
    assert any(isinstance(message, Watermark) for message in told)
    assert recorder.facts()["state"] == "listening"


def test_the_facts_tell_level_floor_and_count(recorder: Recorder) -> None:
    play(recorder, SENTENCE)
    facts = recorder.facts()
    assert facts["utterances"] == 1
    assert facts["loudest_db"] == pytest.approx(-20, abs=3)
    assert facts["level_db"] < -65
    assert facts["dead_seconds"] == 0
    assert facts["clipped"] == 0


def test_a_dead_microphone_shows(recorder: Recorder) -> None:
    play(recorder, np.zeros(64_000, np.int16))
    assert recorder.facts()["dead_seconds"] == pytest.approx(4.0, abs=0.1)
