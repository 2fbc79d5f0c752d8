from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from lamp.config import Audio
from lamp.messages import Message, Utterance, Watermark
from lamp.recorder.endpointer import TAIL, Endpointer
from lamp.recorder.voice_gate import VoiceGate
from tests.recorder.sounds import LoudVoice, blocks, hush, joined, speech

AUDIO = Audio(partial_every=0)


def endpointer(audio: Audio = AUDIO) -> Endpointer:
    return Endpointer(audio, VoiceGate(LoudVoice()), lambda started: f"u{started:.2f}")


def say(pointer: Endpointer, sound: np.ndarray, started: float = 0.0) -> list[Message]:
    return [message for block in blocks(sound, started) for message in pointer.hear(block)]


def utterances(messages: list[Message]) -> list[Utterance]:
    return [message for message in messages if isinstance(message, Utterance)]


def length(utterance: Utterance) -> float:
    return len(utterance.pcm) / 2 / 16_000


def test_an_utterance_is_cut_from_the_silence_around_it() -> None:
    told = say(endpointer(), joined(hush(2.0), speech(1.0), hush(2.0)), started=100.0)
    (heard,) = utterances(told)
    assert heard.final
    assert heard.ended == pytest.approx(103.0, abs=0.07)
    assert heard.cut == pytest.approx(heard.ended + AUDIO.endpoint_silence, abs=0.04)
    assert heard.started == pytest.approx(102.0 - AUDIO.pre_roll, abs=0.07)
    assert heard.started + length(heard) == pytest.approx(heard.ended + TAIL, abs=0.04)


def test_its_sound_is_exactly_what_was_said() -> None:
    sound = joined(hush(2.0), speech(1.0), hush(2.0))
    (heard,) = utterances(say(endpointer(), sound))
    first = round(heard.started * 16_000)
    pcm = np.frombuffer(heard.pcm, "<i2")
    assert np.array_equal(pcm, sound[first : first + len(pcm)])


def test_a_short_pause_does_not_end_it() -> None:
    sound = joined(hush(2.0), speech(0.5), hush(0.3), speech(0.5), hush(2.0))
    (heard,) = utterances(say(endpointer(), sound))
    assert heard.ended == pytest.approx(3.3, abs=0.07)


def test_a_long_pause_makes_two_of_it() -> None:
    sound = joined(hush(2.0), speech(0.5), hush(0.7), speech(0.5), hush(2.0))
    first, second = utterances(say(endpointer(), sound))
    assert first.id != second.id
    assert first.ended <= second.started, "no sound is in two utterances"


def test_a_click_is_no_utterance() -> None:
    assert not utterances(say(endpointer(), joined(hush(2.0), speech(0.05), hush(2.0))))


def test_someone_who_never_stops_is_cut() -> None:
    audio = replace(AUDIO, longest_utterance=3.0)
    told = utterances(say(endpointer(audio), joined(hush(1.0), speech(10.0), hush(1.0))))
    assert len(told) >= 3
    assert max(length(one) for one in told) <= 3.0 + 0.04
    for one, other in itertools.pairwise(told):
        end = one.started + length(one)
        assert other.started == pytest.approx(end), "nothing is lost, nothing told twice"


def test_what_has_been_said_so_far_is_told_again_and_again() -> None:
    audio = replace(AUDIO, partial_every=0.25)
    told = utterances(say(endpointer(audio), joined(hush(2.0), speech(1.5), hush(1.0))))
    *parts, whole = told
    assert whole.final
    assert not any(part.final for part in parts)
    assert 5 <= len(parts) <= 9
    assert {part.id for part in parts} == {whole.id}
    assert {part.started for part in parts} == {whole.started}
    gaps = np.diff([part.cut for part in parts])
    assert np.allclose(gaps, 0.256, atol=0.04)
    for part in parts:
        shared = min(len(part.pcm), len(whole.pcm))
        assert part.pcm[:shared] == whole.pcm[:shared]


def test_time_is_told_once_a_second_and_behind_the_speech() -> None:
    told = say(endpointer(), joined(hush(3.0), speech(2.5), hush(3.0)))
    marks = [message.until for message in told if isinstance(message, Watermark)]
    assert marks == sorted(marks)
    (heard,) = utterances(told)
    assert not [mark for mark in marks if heard.started < mark < heard.cut]
    place = told.index(heard)
    assert told[place + 1] == Watermark(heard.cut)
    quiet = [mark for mark in marks if mark < heard.started]
    assert np.allclose(np.diff(quiet), 1.0, atol=0.04)


def test_level_and_clipping_are_those_of_the_speech() -> None:
    loud = np.clip(speech(1.0).astype(int) * 8, -32768, 32767).astype(np.int16)
    (heard,) = utterances(say(endpointer(), joined(hush(2.0), loud, hush(2.0))))
    assert heard.level_db > -8
    assert heard.clipped > 0.1
    (calm,) = utterances(say(endpointer(), joined(hush(2.0), speech(1.0), hush(2.0))))
    assert -26 < calm.level_db < -18
    assert calm.clipped == 0.0


def test_time_without_sound_ends_what_was_being_said() -> None:
    pointer = endpointer()
    assert not utterances(say(pointer, joined(hush(2.0), speech(1.0))))
    assert pointer.speaking
    assert pointer.pass_time(3.2) == []
    heard, mark = pointer.pass_time(60.0)
    assert isinstance(heard, Utterance)
    assert heard.cut == pytest.approx(heard.ended + AUDIO.endpoint_silence)
    assert mark == Watermark(heard.cut)
    assert not pointer.speaking


def test_what_is_forgotten_is_never_told() -> None:
    pointer = endpointer()
    say(pointer, joined(hush(2.0), speech(1.0)))
    pointer.forget()
    assert not utterances(say(pointer, hush(2.0), started=3.0))
