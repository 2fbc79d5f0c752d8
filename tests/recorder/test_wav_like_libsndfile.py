"""Whatever libsndfile reads is read to the same samples, or refused in one line."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from lamp.errors import BadRecording
from lamp.recorder.wav import read_recording
from tests.recorder.wav_files import FLOAT, PCM, encoded, tone, wav

STEP = 1.5  # of 16 bits: how far a sample may be off by rounding
LENGTHS = (0, 1, 2, 3, 44, 1 << 31, (1 << 31) - 1, (1 << 32) - 1)
CHUNKS = (b"LIST\4\0\0\0abcd", b"JUNK\3\0\0\0abc\0", b"fact\4\0\0\0\0\0\0\0", b"data\0\0\0\0")


def libsndfile(path: Path) -> np.ndarray | None:
    """Its samples at their own rate, as the mean of the channels; None: it does not read it."""
    try:
        samples, _ = soundfile.read(path, dtype="float64", always_2d=True)
    except soundfile.LibsndfileError:
        return None
    return samples.mean(axis=1)


def ours(path: Path) -> np.ndarray | str:
    """Our samples, or why there are none."""
    try:
        return read_recording(path).samples
    except BadRecording as error:
        return str(error)


def same_or_refused(path: Path) -> str:
    """Which of the two it is."""
    heard, wanted = ours(path), libsndfile(path)
    if isinstance(heard, str):
        assert "\n" not in heard
        return "refused"
    if wanted is None or soundfile.info(path).samplerate != 16_000:
        return "heard alone"
    if not len(wanted):  # of two chunks of sound it takes the last, and we the first
        return "heard alone"
    assert len(heard) == len(wanted)
    full = np.clip(wanted * 32768, -32768, 32767)
    assert np.abs(heard - full).max(initial=0.0) <= STEP
    return "same"


@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "RF64"])
def test_every_format_it_writes(tmp_path: Path, kind: str) -> None:
    outcomes = {}
    for subtype in soundfile.available_subtypes(kind):
        for channels in (1, 2):
            path = tmp_path / f"{subtype}-{channels}.wav"
            sound = np.stack([tone(16_000, 0.5) * (1 - 0.5 * which) for which in range(channels)])
            try:
                soundfile.write(path, sound.T, 16_000, subtype, format=kind)
            except (soundfile.LibsndfileError, ValueError):
                continue  # it cannot write that with so many channels
            outcomes[subtype, channels] = same_or_refused(path)
    same = {subtype for (subtype, _), outcome in outcomes.items() if outcome == "same"}
    assert same == {"PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"}
    assert set(outcomes.values()) <= {"same", "refused"}


@pytest.mark.parametrize("kind", ["AIFF", "FLAC", "W64", "CAF", "AU", "OGG"])
def test_other_files_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "sound.wav"
    soundfile.write(path, tone(16_000), 16_000, format=kind)
    assert same_or_refused(path) == "refused"


def mutated(chance: random.Random) -> bytes:
    """A WAV file with a few things in it that are not as they should be."""
    bits, code = chance.choice([(8, PCM), (16, PCM), (24, PCM), (32, PCM), (32, FLOAT)])
    channels = chance.choice([1, 1, 2, 3])
    sound = np.array([chance.uniform(-1, 1) for _ in range(60 * channels)])
    data = bytearray(
        wav(
            encoded(sound, bits, code),
            bits=bits,
            code=code,
            channels=channels,
            extensible=chance.random() < 0.3,
            before=b"".join(chance.sample(CHUNKS[:3], chance.randrange(3))),
        )
    )
    for _ in range(chance.randrange(4)):
        place = chance.randrange(min(len(data), 90))
        match chance.randrange(5):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                data[place : place + 4] = struct.pack("<I", chance.choice(LENGTHS))
            case 2:
                del data[chance.randrange(40, len(data) + 1) :]
            case 3:
                data[place:place] = chance.choice(CHUNKS)
            case 4:
                data += chance.choice(CHUNKS)
        if len(data) < 60:
            break
    return bytes(data)


@pytest.mark.parametrize("seed", range(20))
def test_headers_that_are_not_as_they_should_be(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "sound.wav"
    outcomes = []
    for _ in range(60):
        path.write_bytes(mutated(chance))
        outcomes.append(same_or_refused(path))
    assert outcomes.count("same") > 15
