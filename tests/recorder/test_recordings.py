from __future__ import annotations

import itertools
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from lamp.errors import BadRecording
from lamp.recorder.block import BLOCK, BLOCK_SECONDS
from lamp.recorder.recordings import PAUSE, Recordings, in_real_time, recordings_in
from tests.paper_mailbox import HandClock
from tests.recorder.wav_files import FLOAT, encoded, tone, wav


def put(path: Path, seconds: float = 1.0) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(wav(encoded(tone(16_000, seconds), 16)))
    return path


def test_a_folder_is_played_by_name_with_its_folders(tmp_path: Path) -> None:
    names = ["b.wav", "a.WAV", "deep/c.wav"]
    for name in names:
        put(tmp_path / name)
    (tmp_path / "readme.txt").write_text("not me")
    assert [path.name for path in recordings_in(tmp_path)] == ["a.WAV", "b.wav", "c.wav"]


def test_a_place_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="no WAV file in"):
        recordings_in(tmp_path)
    with pytest.raises(BadRecording, match="there is no"):
        recordings_in(tmp_path / "nowhere")


def test_recordings_follow_each_other_with_silence_between(tmp_path: Path) -> None:
    paths = [put(tmp_path / "a.wav"), put(tmp_path / "b.wav")]
    played = list(Recordings(paths, started=50.0).blocks())
    assert played[0].started == 50.0
    assert np.allclose(np.diff([block.started for block in played]), BLOCK_SECONDS)
    assert {len(block.samples) for block in played} == {BLOCK}
    sound = np.concatenate([block.samples for block in played])
    assert len(sound) / 16_000 == pytest.approx(2 + 2 * PAUSE, abs=0.1)
    between = sound[int(16_000 * 1.01) : int(16_000 * (0.9 + PAUSE))]
    assert not between.any()


def test_a_bad_recording_among_good_ones_is_skipped_with_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bad.wav").write_bytes(b"nonsense")
    paths = [tmp_path / "bad.wav", put(tmp_path / "good.wav")]
    assert list(Recordings(paths, 0.0).blocks())
    assert "bad.wav is not a WAV file" in caplog.text


def test_only_bad_recordings_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"nonsense")
    with pytest.raises(BadRecording, match="is not a WAV file"):
        list(Recordings([tmp_path / "bad.wav"], 0.0).blocks())


def test_a_cut_off_recording_is_played_and_said_to_be_cut_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = put(tmp_path / "half.wav")
    path.write_bytes(path.read_bytes()[:16_000])
    assert list(Recordings([path], 0.0).blocks())
    assert "half.wav is cut off: 0.5 s are missing" in caplog.text


def test_what_macos_puts_beside_recordings_is_none(tmp_path: Path) -> None:
    put(tmp_path / "a.wav")
    (tmp_path / "._a.wav").write_bytes(b"\0\5\x16\7")
    assert [path.name for path in recordings_in(tmp_path)] == ["a.wav"]


def test_something_that_is_no_file_is_not_said_to_be_absent(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(BadRecording, match="neither a file nor a folder"):
        list(Recordings(recordings_in(tmp_path / "pipe.wav"), 0.0).blocks())


def test_a_recording_that_turns_bad_half_way_is_played_that_far(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = np.concatenate([tone(16_000, 10.0), [np.nan]])
    (tmp_path / "a.wav").write_bytes(wav(encoded(bad, 32, FLOAT), bits=32, code=FLOAT))
    put(tmp_path / "b.wav")
    blocks = list(Recordings(recordings_in(tmp_path), 0.0).blocks())
    assert sum(len(block.samples) for block in blocks) > (4 + 1) * 16_000
    assert "no numbers" in caplog.text


def test_a_thousand_bad_files_are_not_kept_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(b"nonsense" * 100_000)
    tracemalloc.start()
    try:
        with pytest.raises(BadRecording):
            list(Recordings([path] * 1000, 0.0).blocks())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3e6


def test_silence_after_recordings_that_were_played_fast_does_not_wait_for_the_clock() -> None:
    """The clock was hours behind, so the recorder slept, heard no Stop and was killed."""
    clock = HandClock(100.0)
    ahead = Recordings([], started=100.0 + 3600)
    for _ in zip(in_real_time(ahead.silence(), clock, clock.sleep), range(10), strict=False):
        pass
    assert clock.now() < 101.0


def test_after_the_last_one_there_is_silence_and_time_goes_on(tmp_path: Path) -> None:
    recordings = Recordings([put(tmp_path / "a.wav")], 0.0)
    *_, last = recordings.blocks()
    after = list(itertools.islice(recordings.silence(), 3))
    assert after[0].started == pytest.approx(last.ended)
    assert not any(block.samples.any() for block in after)


def test_real_time_is_kept_without_being_ahead_or_falling_behind(tmp_path: Path) -> None:
    clock = HandClock(100.0)
    recordings = Recordings([put(tmp_path / "a.wav")], clock.now())
    for block in in_real_time(recordings.blocks(), clock, clock.sleep):
        assert clock.now() == pytest.approx(block.ended)
    clock.time += 10  # a suspended laptop
    before = clock.now()
    for _ in in_real_time(Recordings([tmp_path / "a.wav"], 0.0).blocks(), clock, clock.sleep):
        assert clock.now() == before, "what is late is not made later"
