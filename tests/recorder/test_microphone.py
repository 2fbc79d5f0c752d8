from __future__ import annotations

import importlib
import itertools
import re
import threading
from typing import Any

import numpy as np
import pytest

from lamp.errors import EXIT_AUDIO, MicrophoneBusy, MicrophoneMissing, exit_code
from lamp.recorder.block import Block
from lamp.recorder.microphone import BUSY, INVALID_RATE, Microphone, load_sounddevice
from lamp.recorder.watchdog import Watchdog
from tests.paper_mailbox import HandClock


class PortAudioError(Exception):
    """As sounddevice's: text, then number."""


class FakeStream:
    def __init__(self, fake: FakeSounddevice, rate: int) -> None:
        self._fake = fake
        self._rate = rate
        self._count = 0
        self.closed = False

    def start(self) -> None:
        if self._fake.start_error:
            raise self._fake.start_error

    def read(self, count: int) -> tuple[np.ndarray, bool]:
        self._fake.reads += 1
        if self._fake.reads > self._fake.gone_after:
            raise PortAudioError("Unanticipated host error", -9999)
        self._fake.clock.time += count / self._rate + self._fake.shiver * (-1) ** self._fake.reads
        time = (self._count + np.arange(count)) / self._rate
        self._count += count
        sound = (10_000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
        return sound[:, None], self._fake.reads in self._fake.overflows

    def close(self) -> None:
        if self._fake.close_error:
            raise self._fake.close_error
        self.closed = True


class FakeSounddevice:
    """What of sounddevice the microphone uses."""

    PortAudioError = PortAudioError

    def __init__(self, clock: HandClock, rates: tuple[int, ...] = (16_000,)) -> None:
        self.clock = clock
        self.rates = rates
        self.start_error: Exception | None = None
        self.close_error: Exception | None = None
        self.query_error: Exception | None = None
        self.channels = 1
        self.reads = 0
        self.gone_after = 10**9
        self.overflows: set[int] = set()
        self.shiver = 0.0
        self.opened: list[dict[str, Any]] = []
        self.streams: list[FakeStream] = []

    def query_devices(self, device: str | None, kind: str) -> dict[str, Any]:
        assert kind == "input"
        if self.query_error:
            raise self.query_error
        return {
            "name": "USB Microphone",
            "index": 3,
            "max_input_channels": self.channels,
            "default_samplerate": float(self.rates[0]),
        }

    def InputStream(self, **settings: Any) -> FakeStream:  # noqa: N802
        self.opened.append(settings)
        assert "callback" not in settings, "reads are blocking"
        if settings["samplerate"] not in self.rates:
            raise PortAudioError("Invalid sample rate", INVALID_RATE)
        self.streams.append(FakeStream(self, settings["samplerate"]))
        return self.streams[-1]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(1000.0)


@pytest.fixture
def fake(clock: HandClock) -> FakeSounddevice:
    return FakeSounddevice(clock)


def listen(fake: FakeSounddevice, pieces: int) -> list[Block]:
    return list(itertools.islice(Microphone("", fake.clock, fake).blocks(), pieces))


def test_sound_comes_in_pieces_with_their_times(fake: FakeSounddevice) -> None:
    pieces = listen(fake, 10)
    assert [len(piece.samples) for piece in pieces] == [512] * 10
    assert [piece.started for piece in pieces] == pytest.approx(
        [1000.0 + 0.032 * number for number in range(10)]
    )
    assert fake.opened[0]["samplerate"] == 16_000
    assert fake.opened[0]["channels"] == 1


def test_times_do_not_shiver_with_the_reads(fake: FakeSounddevice) -> None:
    fake.shiver = 0.01
    starts = [piece.started for piece in listen(fake, 50)]
    assert np.allclose(np.diff(starts), 0.032, atol=1e-9)


def test_a_device_of_another_rate_is_resampled_without_a_seam(clock: HandClock) -> None:
    fake = FakeSounddevice(clock, rates=(48_000,))
    pieces = listen(fake, 100)
    assert [settings["samplerate"] for settings in fake.opened] == [16_000, 48_000]
    sound = np.concatenate([piece.samples for piece in pieces]).astype(float)
    assert len(sound) == pytest.approx(100 * 512, abs=2000)
    middle = sound[4096:32768]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) ** 2
    peak = spectrum.argmax()
    assert peak * 16_000 / len(middle) == pytest.approx(440, abs=1)
    assert spectrum[peak - 3 : peak + 4].sum() / spectrum.sum() > 0.999


def test_an_overflow_is_counted_and_time_is_taken_afresh(fake: FakeSounddevice) -> None:
    microphone = Microphone("", fake.clock, fake)
    pieces = microphone.blocks()
    next(pieces)
    fake.clock.time += 0.08  # lost, less than a drift would need to be noticed
    fake.overflows = {2}
    assert next(pieces).started == pytest.approx(1000.032 + 0.08)
    assert microphone.overflows == 1


def test_a_suspended_machine_moves_the_times(fake: FakeSounddevice) -> None:
    pieces = Microphone("", fake.clock, fake).blocks()
    next(pieces)
    fake.clock.time += 3600
    assert next(pieces).started == pytest.approx(4600.032)


def test_a_microphone_that_is_pulled_out_is_reported(fake: FakeSounddevice) -> None:
    fake.gone_after = 3
    with pytest.raises(MicrophoneMissing, match="USB Microphone has gone") as caught:
        listen(fake, 10)
    assert exit_code(caught.value) == EXIT_AUDIO


def test_it_is_heard_again_once_it_is_back(fake: FakeSounddevice) -> None:
    fake.gone_after = 3
    with pytest.raises(MicrophoneMissing):
        listen(fake, 10)
    fake.query_error = ValueError("No input device matching ''")
    with pytest.raises(MicrophoneMissing, match="there is no microphone"):
        listen(fake, 10)
    fake.query_error, fake.gone_after = None, 10**9
    assert len(listen(fake, 10)) == 10


@pytest.mark.parametrize("number", BUSY)
def test_a_busy_microphone_is_told_from_a_missing_one(fake: FakeSounddevice, number: int) -> None:
    fake.start_error = PortAudioError("Device unavailable", number)
    with pytest.raises(MicrophoneBusy, match=r"is busy\. Close the program that holds it"):
        listen(fake, 1)


def test_a_microphone_that_will_not_open_is_missing(fake: FakeSounddevice) -> None:
    fake.start_error = PortAudioError("Internal error\nin the depths", -9986)
    with pytest.raises(MicrophoneMissing, match="cannot be opened") as caught:
        listen(fake, 1)
    assert "\n" not in str(caught.value)


def test_a_name_that_fits_no_device_is_named(fake: FakeSounddevice) -> None:
    fake.query_error = ValueError("No input device matching 'Blue'")
    with pytest.raises(MicrophoneMissing, match="no microphone named 'Blue'"):
        Microphone("Blue", fake.clock, fake)


def test_a_name_that_fits_several_devices_is_told_with_them(fake: FakeSounddevice) -> None:
    fake.query_error = ValueError(
        "Multiple input devices found for 'Loop':\n[0] Loop: PCM (hw:0,0)\n[1] Loop: PCM (hw:0,1)"
    )
    several = re.escape("several microphones are named 'Loop': Loop: PCM (hw:0,0); Loop: PCM (hw")
    with pytest.raises(MicrophoneMissing, match=several) as caught:
        Microphone("Loop", fake.clock, fake)
    assert "\n" not in str(caught.value)


def test_a_loudspeaker_is_no_microphone(fake: FakeSounddevice) -> None:
    fake.channels = 0
    with pytest.raises(MicrophoneMissing, match="has no input"):
        listen(fake, 1)


def test_without_portaudio_the_package_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_library(name: str) -> None:
        raise OSError("PortAudio library not found")

    monkeypatch.setattr(importlib, "import_module", no_library)
    with pytest.raises(MicrophoneMissing, match="apt install libportaudio2"):
        load_sounddevice()


def test_closing_gives_the_device_back_even_if_it_has_gone(
    fake: FakeSounddevice, caplog: pytest.LogCaptureFixture
) -> None:
    microphone = Microphone("", fake.clock, fake)
    fake.close_error = PortAudioError("gone", -9999)
    with caplog.at_level("INFO"):
        microphone.close()
    assert "closing the microphone: gone" in caplog.text


def test_a_read_that_never_returns_ends_the_process() -> None:
    left = threading.Event()
    with Watchdog("USB Microphone", patience=0.02, leave=left.set):
        assert left.wait(5.0)


def test_a_source_that_gives_sound_is_left_alone() -> None:
    left, tick = threading.Event(), threading.Event()

    def sound() -> Any:
        for _ in range(40):
            tick.wait(0.01)
            yield Block(np.zeros(512, np.int16), 0.0)

    with Watchdog("USB Microphone", patience=0.2, leave=left.set) as watchdog:
        assert len(list(watchdog.watched(sound()))) == 40
    assert not left.is_set()
