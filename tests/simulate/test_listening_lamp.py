"""The harness's lamp with an ear: from sound to a state, one call at a time."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from lamp.messages import SAMPLE_RATE, Transcript
from lamp.recorder.wav import read_recording
from lamp.simulate.harness import (
    make_cutter,
    make_lamp,
    make_listening_lamp,
    make_reading_lamp,
    make_transcriber,
)
from lamp.simulate.harness.listening_lamp import ListeningLamp
from lamp.simulate.repertoire import CLIPS, load_clips
from lamp.simulate.room import Saying, played
from lamp.soft_text import SoftText
from lamp.transcriber.transcriber import Transcription, samples_as_float

Sound = NDArray[np.float32]
BEFORE = 1.2  # s of quiet before the words


def in_a_room(*words: str) -> Sound:
    """One after the other, quiet before, between and after."""
    rng = np.random.default_rng(1)
    clips = {clip.words: clip for clip in load_clips() if clip.take == 1}
    quiet = np.zeros(int(BEFORE * SAMPLE_RATE), np.float32)
    pieces = [quiet]
    for word in words:
        pieces += [played(Saying(clips[word])), quiet]
    sound = np.concatenate(pieces)
    return np.asarray(sound + 0.0006 * rng.standard_normal(len(sound)), np.float32)


def test_the_cutter_gives_the_utterances_in_a_sound_with_their_times() -> None:
    sound = in_a_room("turn on the light", "lumos")
    first, second = make_cutter()(sound)
    assert BEFORE - 0.5 < first.started < BEFORE + 0.2
    assert BEFORE + 0.5 < first.ended < BEFORE + 1.5
    assert second.started > first.ended + 0.5
    samples, _, _, level_db = second
    assert samples.dtype == np.float32
    assert 0 < len(samples) < 2 * SAMPLE_RATE
    assert -60 < level_db < 0


def test_the_cutter_has_heard_nothing_before() -> None:
    cut = make_cutter()
    alone = cut(in_a_room("lumos"))
    cut(in_a_room("lights off please", "turn on the light"))
    again = cut(in_a_room("lumos"))
    assert [one[1:] for one in alone] == [one[1:] for one in again]
    assert np.array_equal(alone[0].samples, again[0].samples)


def test_quiet_is_no_utterance() -> None:
    assert make_cutter()(in_a_room()) == []
    assert make_listening_lamp(0).hear_sound(0.0, in_a_room(), False) is None


def test_a_listening_lamp_learns_a_word_from_the_switch() -> None:
    lamp = make_listening_lamp(0)
    lit, dark = in_a_room("turn on the light"), in_a_room("turn off the light")
    for t in (0.0, 60.0, 120.0):
        for at, sound, wanted in ((t, lit, True), (t + 30, dark, False)):
            answer = lamp.hear_sound(at, sound, not wanted)
            if answer is None:
                lamp.flipped(at + 5, wanted)
    assert lamp.hear_sound(200.0, lit, False) == "lit"
    probabilities = lamp.probabilities()
    assert probabilities is not None
    assert probabilities[1] > 0.6


def test_it_tells_the_end_of_the_words_it_blames() -> None:
    lamp = make_listening_lamp(0)
    sound = in_a_room("turn on the light")
    (cut,) = make_cutter()(sound)
    lamp.hear_sound(10.0, sound, False)
    lamp.flipped(15.0, True)
    assert lamp.attributed() == [(15.0, pytest.approx(10.0 + cut.ended))]


def test_all_that_is_said_in_a_sound_counts() -> None:
    lamp = make_listening_lamp(0)
    for t in (0.0, 60.0, 120.0):
        for at, word, wanted in ((t, "turn on the light", True), (t + 30, "nox", False)):
            if lamp.hear_sound(at, in_a_room(word), not wanted) is None:
                lamp.flipped(at + 5, wanted)
    both = in_a_room("turn on the light", "nox")
    assert lamp.hear_sound(200.0, both, False) is None  # lit, and dark again
    assert lamp.hear_sound(230.0, both, True) == "dark"


def test_its_clock_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hand may be told of before the words that were being said are over."""
    lamp = make_lamp(0)
    told: list[float] = []
    real = lamp._anticipator.flipped
    monkeypatch.setattr(
        lamp._anticipator,
        "flipped",
        lambda flip, state, at, directive="": (told.append(at), real(flip, state, at, directive)),
    )
    lamp.hear(20.0, "lumos", False)
    lamp.flipped(18.0, True)
    assert told == [20.0]
    assert lamp.attributed()[0][0] == 18.0  # as it was told


def test_a_flip_that_undoes_what_the_lamp_did_says_so() -> None:
    lamp = make_lamp(0)
    for t in range(0, 300, 60):
        if lamp.hear(float(t), "lumos maxima", False) is None:
            lamp.flipped(t + 3.0, True)
        lamp.flipped(t + 40.0, False)
    assert lamp.hear(300.0, "lumos maxima", False) == "lit"
    lamp.flipped(304.0, False)
    lamp.flipped(320.0, True)
    undoing, silent = lamp._diary.flips(2)
    undone = lamp._diary.last_exchanges(1)[0]
    assert undoing.directive == f"directive-{undone.id}"
    assert silent.directive == ""


def test_a_reading_lamp_is_given_what_another_ear_wrote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lamp = make_reading_lamp(0)
    heard: list[Transcript] = []
    monkeypatch.setattr(lamp._anticipator, "hear", heard.append)
    part = SimpleNamespace(text="LUMOS", confidence=0.7, started=1.0, ended=1.8, level_db=-31.0)
    lamp.hear_whole(50.0, part, False)
    (said,) = heard
    assert (said.text, said.confidence, said.level_db) == ("LUMOS", 0.7, -31.0)
    assert said.soft == "", "the text is all it told"
    assert (said.started, said.ended) == (pytest.approx(49.2), 50.0)


def test_the_harness_tells_how_alike_two_utterances_were_heard() -> None:
    transcriber = make_transcriber()
    lumos, again, other = (
        transcriber.hear(samples_as_float(read_recording(CLIPS / f"ada-{said}.wav").samples))
        for said in ("lumos-1", "lumos-2", "turn-off-the-light-1")
    )
    silence = transcriber.hear(np.zeros(SAMPLE_RATE, np.float32))
    assert transcriber.distance(lumos, lumos) < 0.01
    assert transcriber.distance(lumos, again) < 0.3 < transcriber.distance(lumos, other)
    assert transcriber.distance(lumos, other) == pytest.approx(transcriber.distance(other, lumos))
    assert transcriber.distance(silence, silence) == pytest.approx(1)
    assert transcriber.distance(silence, lumos) == pytest.approx(1)


def test_what_the_engine_writes_reaches_the_anticipator_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lamp: ListeningLamp = make_listening_lamp(0)
    written = Transcription("LUMOS", 0.6, SoftText(((("L", 0.6),),), "LUMOS"), {"model": 0.25})
    heard: list[Transcript] = []
    monkeypatch.setattr(lamp._ear, "hear", lambda samples: written)
    monkeypatch.setattr(lamp._anticipator, "hear", heard.append)
    lamp.hear_sound(10.0, in_a_room("lumos"), False)
    (said,) = heard
    for name in ("text", "confidence", "stages"):
        assert getattr(said, name) == getattr(written, name)
    assert SoftText.decode(said.soft) == written.soft
    assert said.level_db < 0
    assert 10 < said.started < said.ended
