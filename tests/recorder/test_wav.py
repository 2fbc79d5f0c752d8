from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from lamp.errors import EXIT_AUDIO, BadRecording, exit_code
from lamp.recorder.wav import Recording, read_recording
from tests.recorder.wav_files import FLOAT, PCM, encoded, tone, wav


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "sound.wav"
    path.write_bytes(data)
    return path


def read(tmp_path: Path, data: bytes) -> Recording:
    return read_recording(written(tmp_path, data))


def refusal(path: Path) -> str:
    with pytest.raises(BadRecording) as caught:
        read_recording(path)
    assert exit_code(caught.value) == EXIT_AUDIO
    message = str(caught.value)
    assert "\n" not in message
    assert ". " in message, "it says what is wrong, and what to do"
    return message


def assert_is_the_tone(recording: Recording) -> None:
    wanted = tone(16_000) * 32768
    middle = slice(2000, 14_000)  # resamplers ring at the edges
    assert abs(len(recording.samples) - 16_000) <= 1
    error = recording.samples[middle] - wanted[middle]
    assert np.sqrt(np.mean(error**2)) < 200, "8 bits are 256 steps"


@pytest.mark.parametrize(
    ("bits", "code"), [(8, PCM), (16, PCM), (24, PCM), (32, PCM), (32, FLOAT), (64, FLOAT)]
)
@pytest.mark.parametrize("extensible", [False, True])
def test_every_width_is_read(tmp_path: Path, bits: int, code: int, extensible: bool) -> None:
    data = wav(encoded(tone(16_000), bits, code), bits=bits, code=code, extensible=extensible)
    assert_is_the_tone(read(tmp_path, data))


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_every_rate_becomes_16_khz(tmp_path: Path, rate: int) -> None:
    assert_is_the_tone(read(tmp_path, wav(encoded(tone(rate), 16), rate=rate)))


def test_stereo_becomes_mono(tmp_path: Path) -> None:
    stereo = np.stack([tone(16_000) * 1.5, tone(16_000) * 0.5], axis=1).reshape(-1)
    assert_is_the_tone(read(tmp_path, wav(encoded(stereo, 16), channels=2)))


def test_other_chunks_are_stepped_over(tmp_path: Path) -> None:
    odd = b"LIST" + struct.pack("<I", 5) + b"hello\0"
    assert_is_the_tone(read(tmp_path, wav(encoded(tone(16_000), 16), before=odd)))


@pytest.mark.parametrize("promised", [0, 0xFFFFFFFF])
def test_a_recording_from_a_pipe_has_no_length_and_is_read_to_its_end(
    tmp_path: Path, promised: int
) -> None:
    recording = read(tmp_path, wav(encoded(tone(16_000), 16), promised=promised))
    assert_is_the_tone(recording)
    assert recording.missing == 0


def test_a_cut_off_recording_gives_what_it_holds_and_says_what_is_missing(tmp_path: Path) -> None:
    whole = wav(encoded(tone(16_000), 16))
    recording = read(tmp_path, whole[: len(whole) // 2 + 1])
    assert recording.seconds == pytest.approx(0.5, abs=0.01)
    assert recording.missing == pytest.approx(0.5, abs=0.01)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "it is empty" in refusal(written(tmp_path, b""))


def test_a_recording_of_no_length_is_refused(tmp_path: Path) -> None:
    assert "holds no sound" in refusal(written(tmp_path, wav(b"")))


def test_half_a_sample_is_no_sound(tmp_path: Path) -> None:
    assert "holds no sound" in refusal(written(tmp_path, wav(b"\0")))


@pytest.mark.parametrize("length", [5, 11, 13, 20, 30, 40])
def test_a_header_that_is_cut_off_is_refused(tmp_path: Path, length: int) -> None:
    assert refusal(written(tmp_path, wav(encoded(tone(16_000), 16))[:length]))


@pytest.mark.parametrize("data", [b"ID3\x04" + bytes(500), b"fLaC" + bytes(500), b"hello\n" * 90])
def test_other_files_are_refused_with_the_way_to_convert_them(tmp_path: Path, data: bytes) -> None:
    assert "is not a WAV file. Convert it: ffmpeg" in refusal(written(tmp_path, data))


def test_compressed_sound_is_refused(tmp_path: Path) -> None:
    assert "of kind 7 with 8 bits" in refusal(written(tmp_path, wav(b"\0" * 99, bits=8, code=7)))


@pytest.mark.parametrize(("channels", "rate"), [(0, 16_000), (1, 0), (1, 4_000_000_000)])
def test_impossible_headers_are_refused(tmp_path: Path, channels: int, rate: int) -> None:
    data = wav(b"\0" * 100, channels=1)
    data = data[:22] + struct.pack("<HI", channels, rate) + data[28:]
    assert "claims" in refusal(written(tmp_path, data))


def test_samples_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    broken = encoded(np.array([0.0, np.nan, np.inf]), 32, FLOAT)
    assert "no numbers" in refusal(written(tmp_path, wav(broken, bits=32, code=FLOAT)))


def test_sound_before_its_format_is_refused(tmp_path: Path) -> None:
    data = b"RIFF" + bytes(4) + b"WAVEdata" + struct.pack("<I", 4) + bytes(4)
    assert "does not say how" in refusal(written(tmp_path, data))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nowhere.wav")


def test_floats_above_full_scale_are_clipped_not_wrapped(tmp_path: Path) -> None:
    loud = encoded(np.array([4.0, -4.0]), 32, FLOAT)
    samples = read(tmp_path, wav(loud, bits=32, code=FLOAT)).samples
    assert samples.tolist() == [32767, -32768]
