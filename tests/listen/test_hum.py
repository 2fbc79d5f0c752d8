from __future__ import annotations

import numpy as np
import pytest

from lamp.listen.hum import WINDOW, QuietSpectrum
from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import BLOCK
from tests.recorder.sounds import Sound, blocks, hush, noise, whistle


def mains_hum(seconds: float, mains: float, rms: float = 300.0) -> Sound:
    """A hum as a bad supply makes it: the mains, and harmonics that grow weaker."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = sum(np.sin(2 * np.pi * mains * k * time + k) / k for k in (1, 2, 3, 4, 6))
    return (wave / np.std(wave) * rms + hush(seconds)).astype(np.int16)


def heard(sound: Sound) -> QuietSpectrum:
    spectrum = QuietSpectrum()
    for block in blocks(sound):
        spectrum.hear(block.samples)
    return spectrum


@pytest.mark.parametrize("mains", [50, 60])
def test_a_hum_is_found_with_its_mains_its_share_and_its_level(mains: int) -> None:
    hum = heard(mains_hum(3.1, mains)).hum()
    assert hum is not None
    assert hum.mains == mains
    assert hum.share > 0.95
    assert hum.level_db == pytest.approx(20 * np.log10(300 / 32768), abs=0.3)


def test_half_of_the_power_is_half_a_hum() -> None:
    sound = mains_hum(10.0, 50, rms=300) + noise(10.0, rms=300)
    hum = heard(sound.astype(np.int16)).hum()
    assert hum is not None
    assert hum.share == pytest.approx(0.5, abs=0.08)


def test_noise_rumble_and_a_whistle_are_no_hum() -> None:
    rng = np.random.default_rng(0)
    rumble = np.cumsum(rng.standard_normal(5 * SAMPLE_RATE))
    rumble = rumble - np.convolve(rumble, np.ones(1600) / 1600, mode="same")
    rumble = (rumble / rumble.std() * 500).astype(np.int16)
    for sound in (noise(5.0, rms=300), rumble, whistle(5.0)):
        hum = heard(sound).hum()
        assert hum is not None
        assert hum.share < 0.1


def test_what_was_interrupted_is_no_second_of_quiet() -> None:
    spectrum = QuietSpectrum()
    for number, block in enumerate(blocks(mains_hum(3.0, 50))):
        if number % (WINDOW // BLOCK - 1) == 0:
            spectrum.interrupt()
        spectrum.hear(block.samples)
    assert spectrum.hum() is None


def test_digital_silence_has_no_hum() -> None:
    assert heard(np.zeros(2 * WINDOW, np.int16)).hum() is None
