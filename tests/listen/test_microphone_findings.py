from __future__ import annotations

import numpy as np
import pytest

from lamp.listen.microphone_findings import Fault, MicrophoneFindings, MicrophoneWatch
from lamp.messages import SAMPLE_RATE
from tests.listen.test_hum import mains_hum
from tests.recorder.sounds import Sound, blocks, hush, noise, speech


def findings(
    room: Sound, voice_db: float | None = -30.0, clipped: float = 0.0
) -> MicrophoneFindings:
    watch = MicrophoneWatch()
    for block in blocks(room):
        watch.hear(block.samples, speaking=False)
    if voice_db is not None:
        watch.said(voice_db, clipped)
    return watch.findings()


def test_a_good_microphone_has_no_fault() -> None:
    found = findings(hush(3.0))
    assert found.faults == ()
    assert found.voice_db == -30.0
    assert found.room_db == pytest.approx(20 * np.log10(8 / 32768), abs=0.5)


@pytest.mark.parametrize(
    ("room", "voice_db", "clipped", "fault"),
    [
        (hush(3.0), -57.0, 0.0, "too quiet"),
        (noise(3.0, rms=1000), -25.0, 0.0, "noisy"),
        (hush(3.0), -6.0, 0.02, "clips"),
        (mains_hum(3.0, 50), -30.0, 0.0, "hums"),
        (mains_hum(3.0, 60), None, 0.0, "hums"),
    ],
)
def test_each_fault_is_found_alone(
    room: Sound, voice_db: float | None, clipped: float, fault: Fault
) -> None:
    assert findings(room, voice_db, clipped).faults == (fault,)


def test_a_hum_far_below_the_voice_matters_to_nobody() -> None:
    found = findings(mains_hum(3.0, 50, rms=100), voice_db=-15.0)
    assert found.hum is not None
    assert found.hum.share > 0.9
    assert found.faults == ()


def test_nothing_but_zeros_is_a_dead_microphone_until_it_gives_sound() -> None:
    watch = MicrophoneWatch()
    for block in blocks(np.zeros(4 * SAMPLE_RATE, np.int16)):
        watch.hear(block.samples, speaking=False)
    assert watch.findings().faults == ("dead",)
    assert watch.findings().room_db is None
    for block in blocks(hush(1.0)):
        watch.hear(block.samples, speaking=False)
    assert watch.findings().faults == ()


def test_the_room_is_what_sounds_while_nobody_speaks() -> None:
    watch = MicrophoneWatch()
    for sound, speaking in ((hush(2.0), False), (speech(2.0), True), (hush(2.0), False)):
        for block in blocks(sound):
            watch.hear(block.samples, speaking)
    room = watch.findings().room_db
    assert room is not None
    assert room < -70
