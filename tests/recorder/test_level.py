from __future__ import annotations

import numpy as np
import pytest

from lamp.recorder.level import QUIETEST, LevelMeter, clipped_share, level_db
from lamp.recorder.noise_floor import NoiseFloor
from lamp.recorder.spectrum import Spectrum
from tests.recorder.sounds import blocks, noise, whistle


def test_full_scale_is_zero_decibels() -> None:
    assert level_db(np.full(512, -32768, np.int16)) == pytest.approx(0.0)
    assert level_db(np.full(512, 3277, np.int16)) == pytest.approx(-20.0, abs=0.01)


def test_silence_and_nothing_are_as_quiet_as_can_be() -> None:
    assert level_db(np.zeros(512, np.int16)) == QUIETEST
    assert level_db(np.empty(0, np.int16)) == QUIETEST


def test_clipping_is_a_share_of_the_samples() -> None:
    samples = np.array([0, 32767, -32768, 100], np.int16)
    assert clipped_share(samples) == 0.5
    assert clipped_share(samples[:0]) == 0.0


def test_the_meter_remembers_the_loudest_and_counts_dead_blocks() -> None:
    meter = LevelMeter()
    for _ in range(10):
        meter.hear(np.full(512, 16384, np.int16))
    for _ in range(20):
        meter.hear(np.zeros(512, np.int16))
    assert meter.loudest_db > -8
    assert meter.level_db < -80
    assert meter.zeros == 20
    meter.hear(np.ones(512, np.int16))
    assert meter.zeros == 0


def test_the_floor_falls_at_once_and_rises_slowly() -> None:
    floor = NoiseFloor(level=-40.0)
    for _ in range(30):
        floor.hear(-60.0, speech=0.0)
    assert floor.level_db == pytest.approx(-60.0, abs=0.1)
    for _ in range(31):  # a second
        floor.hear(-30.0, speech=0.0)
    assert -57 < floor.level_db < -55


def test_speech_does_not_raise_the_floor() -> None:
    floor = NoiseFloor(level=-60.0)
    for _ in range(1000):
        floor.hear(-20.0, speech=0.9)
    assert floor.level_db == -60.0


def heard(sound: np.ndarray) -> tuple[float, float]:
    spectrum = Spectrum()
    levels, likenesses = [], []
    for block in blocks(sound):
        levels.append(spectrum.hear(block.samples))
        likenesses.append(spectrum.periodicity())
    return float(np.median(levels)), float(np.median(likenesses))


def test_a_whistle_is_periodic_and_noise_is_not() -> None:
    assert heard(whistle(1.0))[1] > 0.95
    assert heard(noise(1.0, rms=2000))[1] < 0.3


def test_brown_noise_is_not_periodic() -> None:
    brown = np.cumsum(noise(2.0, rms=30).astype(float))
    brown -= np.convolve(brown, np.ones(801) / 801, "same")
    assert heard(brown.astype(np.int16))[1] < 0.6


def test_the_level_agrees_with_the_meter_but_for_hum() -> None:
    sound = noise(1.0, rms=1000)
    assert heard(sound)[0] == pytest.approx(level_db(sound), abs=0.5)
    time = np.arange(16_000) / 16_000
    hum = (8000 * np.sin(2 * np.pi * 50 * time)).astype(np.int16)
    assert heard(hum)[0] < level_db(hum) - 10


def test_digital_silence_has_no_period() -> None:
    assert heard(np.zeros(4096, np.int16)) == (QUIETEST, 0.0)
