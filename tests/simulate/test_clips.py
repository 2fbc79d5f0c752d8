"""The clips that ship: enough of everything, readable by anybody, and not too much."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lamp.errors import BadRecording
from lamp.messages import SAMPLE_RATE
from lamp.simulate import repertoire
from lamp.simulate.clip_sounds import computed
from lamp.simulate.clip_words import LINES, VOICES
from lamp.simulate.repertoire import CLIPS, TABLE, load_clips, samples


def test_there_is_a_clip_for_every_take_of_every_line() -> None:
    wanted = {(line.speaker, line.words, take + 1) for line in LINES for take in range(line.takes)}
    assert {(clip.speaker, clip.words, clip.take) for clip in load_clips()} == wanted


def test_the_folder_holds_the_clips_and_their_table_and_nothing_else() -> None:
    files = {path.name for path in CLIPS.iterdir()}
    assert files == {clip.file for clip in load_clips()} | {TABLE.name}


def test_the_clips_are_at_most_four_megabytes() -> None:
    assert sum(path.stat().st_size for path in CLIPS.iterdir()) <= 4_000_000


def test_both_states_are_asked_for_in_several_ways_by_several_voices() -> None:
    commands = [clip for clip in load_clips() if clip.kind == "command"]
    for state in ("lit", "dark"):
        asking = [clip for clip in commands if clip.state == state]
        assert {clip.family for clip in asking} >= {"plain", "elliptical", "nickname"}
        assert len({clip.voice for clip in asking}) > 1


def test_there_is_talk_a_whistle_and_noise_that_ask_for_nothing_by_words() -> None:
    kinds = {clip.kind for clip in load_clips()}
    assert kinds == {"command", "chatter", "whistle", "noise"}
    assert all(clip.state is None for clip in load_clips() if clip.kind in ("chatter", "noise"))


def test_some_talk_has_light_words_in_it() -> None:
    chatter = [clip.words for clip in load_clips() if clip.kind == "chatter"]
    assert sum("light" in words or "lamp" in words for words in chatter) >= 3


def test_every_clip_is_as_long_as_the_table_says_and_neither_silent_nor_clipped() -> None:
    for clip in load_clips():
        sound = samples(clip)
        assert len(sound) / SAMPLE_RATE == pytest.approx(clip.seconds, abs=0.001)
        assert 0.02 < np.sqrt(np.mean(sound**2)) < 0.3, clip.file
        assert np.abs(sound).max() < 0.95, clip.file


def test_every_clip_names_a_voice_and_its_licence() -> None:
    for clip in load_clips():
        engine, voice, licence = VOICES[clip.speaker]
        assert clip.voice == f"{engine} {voice}".strip()
        assert clip.licence == licence


def test_two_takes_of_the_same_words_are_not_the_same_sound() -> None:
    by_words: dict[tuple[str, str], list[bytes]] = {}
    for clip in load_clips():
        by_words.setdefault((clip.speaker, clip.words), []).append(samples(clip).tobytes())
    assert all(len(set(takes)) == len(takes) for takes in by_words.values())


def test_a_table_that_is_missing_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="Install the lamp again"):
        load_clips(tmp_path / "clips.csv")


def test_a_table_that_says_something_impossible_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "clips.csv"
    table.write_text(TABLE.read_text().replace(",lit,", ",dim,", 1))
    with pytest.raises(BadRecording, match="dim"):
        load_clips(table)


@pytest.mark.parametrize("content", [b"", b"RIFFxxxx", b"not a recording at all"])
def test_a_damaged_clip_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    clip = load_clips()[0]
    (tmp_path / clip.file).write_bytes(content)
    monkeypatch.setattr(repertoire, "CLIPS", tmp_path)
    with pytest.raises(BadRecording, match=clip.file):
        samples.__wrapped__(clip)


def test_the_computed_clips_come_out_the_same_again() -> None:
    for line in LINES:
        if line.speaker == "nobody":
            first, again = (computed(line.words, 1, np.random.default_rng(7)) for _ in range(2))
            assert np.array_equal(first, again)
            assert np.isfinite(first).all()


def test_a_sound_that_nobody_can_compute_is_an_error() -> None:
    with pytest.raises(KeyError):
        computed("thunder", 1, np.random.default_rng(0))
