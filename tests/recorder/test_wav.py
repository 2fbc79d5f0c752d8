from __future__ import annotations

import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from lamp.errors import EXIT_AUDIO, BadRecording, exit_code
from lamp.recorder.wav import Recording, WavFile, read_recording
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


@pytest.mark.parametrize(
    ("promised", "riff"),
    [
        (0xFFFFFFFF, 0xFFFFFFFF),  # ffmpeg
        (0x7FFFFFD4, 0x7FFFFFF8),  # sox
        (0x80000000, 0x80000024),  # arecord, killed or into a pipe
        (0x7FFFFFFF, 0x80000023),
        (0, 36),  # Python's wave, killed
        (0, 0),
    ],
)
def test_an_unfinished_recording_is_read_to_its_end_and_nothing_is_missing(
    tmp_path: Path, promised: int, riff: int
) -> None:
    recording = read(tmp_path, wav(encoded(tone(16_000), 16), promised=promised, riff=riff))
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


def test_numbers_beyond_measure_are_the_loudest_there_are(tmp_path: Path) -> None:
    huge = encoded(np.array([1e300, -1e300]), 64, FLOAT)
    samples = read(tmp_path, wav(huge, bits=64, code=FLOAT)).samples
    assert samples.tolist() == [32767, -32768]


def test_a_header_that_never_ends_is_given_up(tmp_path: Path) -> None:
    data = b"RIFF" + bytes(4) + b"WAVE" + (b"LIST" + bytes(4)) * 100_000
    assert "cut off before its sound begins" in refusal(written(tmp_path, data))


def test_a_frame_of_another_size_than_its_samples_is_refused(tmp_path: Path) -> None:
    data = bytearray(wav(encoded(tone(16_000), 16)))
    data[32] = 4  # bytes a frame
    assert "claims 4 bytes for 1 x 16 bits" in refusal(written(tmp_path, bytes(data)))


def test_a_long_recording_in_rf64_is_read(tmp_path: Path) -> None:
    """It "is not a WAV file", it was said; many recorders write it when it may get long."""
    sound = encoded(tone(16_000), 16)
    plain = wav(sound, promised=0xFFFFFFFF)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, len(plain) + 28, len(sound), 16_000, 0)
    data = b"RF64\xff\xff\xff\xffWAVE" + sizes + plain[12:]
    assert_is_the_tone(read(tmp_path, data + b"LIST\4\0\0\0more"))
    assert read(tmp_path, data[:-16_000]).missing == pytest.approx(0.5)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    assert "neither a file nor a folder" in refusal(tmp_path / "pipe.wav")


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100])
def test_a_long_recording_takes_no_more_memory_than_a_short_one(tmp_path: Path, rate: int) -> None:
    """Two hours took 1.8 GB, and 2 GB of 8 bits would have taken sixteen times that."""
    path = tmp_path / "hours.wav"
    length = 200 << 20
    with path.open("wb") as file:
        file.write(wav(b"", rate=rate, bits=8, promised=length, riff=length + 36))
        file.truncate(44 + length)  # it takes no room on the disk
    tracemalloc.start()
    try:
        file = WavFile(path)
        heard = sum(len(piece) for piece, _ in zip(file.pieces(), range(50), strict=False))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert heard > 60 * 16_000
    assert file.seconds == length / rate
    assert most < 30e6


def test_sound_before_its_format_is_refused(tmp_path: Path) -> None:
    data = b"RIFF" + bytes(4) + b"WAVEdata" + struct.pack("<I", 4) + bytes(4)
    assert "does not say how" in refusal(written(tmp_path, data))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nowhere.wav")


def test_floats_above_full_scale_are_clipped_not_wrapped(tmp_path: Path) -> None:
    loud = encoded(np.array([4.0, -4.0]), 32, FLOAT)
    samples = read(tmp_path, wav(loud, bits=32, code=FLOAT)).samples
    assert samples.tolist() == [32767, -32768]
