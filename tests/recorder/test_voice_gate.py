from __future__ import annotations

import numpy as np
import pytest

from lamp.recorder.block import BLOCK_SECONDS
from lamp.recorder.voice import SileroVoice
from lamp.recorder.voice_gate import Heard, VoiceGate
from tests.recorder.sounds import LoudVoice, blocks, hush, joined, noise, speech, whistle


def attend(gate: VoiceGate, sound: np.ndarray) -> list[Heard]:
    speaking, judged = False, []
    for block in blocks(sound):
        judged.append(gate.hear(block, speaking))
        speaking = judged[-1].is_voice
    return judged


def wanted_seconds(judged: list[Heard]) -> float:
    return sum(heard.is_voice for heard in judged) * BLOCK_SECONDS


def test_silence_does_not_cost_a_single_question() -> None:
    voice = LoudVoice()
    attend(VoiceGate(voice), np.zeros(160_000, np.int16))
    assert voice.asked == 0


@pytest.mark.parametrize("rms", [5, 20, 400])
def test_a_steady_noise_is_soon_taken_for_silence(rms: float) -> None:
    voice = LoudVoice(level=2.0)
    gate = VoiceGate(voice)
    attend(gate, noise(20.0, rms))
    asked = voice.asked
    attend(gate, noise(20.0, rms, seed=5))
    assert voice.asked - asked < 0.02 * 20 / BLOCK_SECONDS


def test_speech_is_noticed_and_its_beginning_played_to_the_detector() -> None:
    voice = LoudVoice()
    judged = attend(VoiceGate(voice), joined(hush(2.0), speech(1.0), hush(1.0)))
    assert wanted_seconds(judged) == pytest.approx(1.0, abs=0.1)
    assert voice.forgot >= 1
    assert voice.asked > 1.0 / BLOCK_SECONDS


def test_quiet_speech_is_lifted_for_the_detector() -> None:
    judged = attend(VoiceGate(LoudVoice()), joined(hush(2.0) // 4, speech(1.0, rms=30)))
    assert wanted_seconds(judged) > 0.8


@pytest.mark.parametrize("pitch", [700.0, 1500.0, 3000.0])
def test_a_whistle_is_wanted_though_it_is_no_speech(pitch: float) -> None:
    voice = LoudVoice(level=9.0)  # never takes anything for speech
    judged = attend(VoiceGate(voice), joined(hush(2.0), whistle(0.8, pitch), hush(1.0)))
    assert 0.4 < wanted_seconds(judged) < 1.0


def test_a_short_ring_is_no_whistle() -> None:
    voice = LoudVoice(level=9.0)
    judged = attend(VoiceGate(voice), joined(hush(2.0), whistle(0.1), hush(1.0)))
    assert wanted_seconds(judged) == 0


def test_a_tone_that_never_ends_becomes_part_of_the_room() -> None:
    gate = VoiceGate(LoudVoice(level=9.0))
    attend(gate, joined(hush(2.0), whistle(20.0)))
    assert wanted_seconds(attend(gate, whistle(5.0))) == 0


def test_to_go_on_takes_less_than_to_begin() -> None:
    class Doubtful(LoudVoice):
        def hear(self, samples: np.ndarray) -> float:
            return 0.4

    (block,) = blocks(noise(0.033, rms=30))
    quiet = VoiceGate(Doubtful(), threshold=0.5)
    quiet.floor.level_db = -75.0
    assert not quiet.hear(block, speaking=False).is_voice
    assert quiet.hear(block, speaking=True).is_voice


@pytest.mark.parametrize("rms", [0, 3, 30, 300, 3000])
def test_the_real_detector_hears_no_speech_in_noise(rms: float) -> None:
    gate = VoiceGate(SileroVoice())
    attend(gate, noise(1.0, rms))
    assert wanted_seconds(attend(gate, noise(4.0, rms, seed=2))) == 0
