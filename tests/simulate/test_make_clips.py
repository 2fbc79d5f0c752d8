"""The clips are made as the table says; those that need no synthesiser are made again here."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from lamp.simulate import make_clips
from lamp.simulate.clip_words import LINES
from lamp.simulate.repertoire import CLIPS, load_clips


def pcm(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(int)


@pytest.mark.parametrize("line", [line for line in LINES if line.speaker == "nobody"])
def test_whistles_and_noises_come_out_as_they_were_shipped(
    line: make_clips.Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_clips, "CLIPS", tmp_path)
    for take in range(1, line.takes + 1):
        clip = make_clips._make(line, take)
        assert clip in load_clips()
        made, shipped = pcm(tmp_path / clip.file), pcm(CLIPS / clip.file)
        assert len(made) == len(shipped)
        assert np.abs(made - shipped).max() <= 1  # another processor may round otherwise


def test_silence_around_a_clip_is_cut_away_but_for_a_moment() -> None:
    sound = np.concatenate([np.zeros(8000), np.full(4000, 0.5), np.zeros(8000)])
    assert len(make_clips._trimmed(sound)) == pytest.approx(4000 + 2 * 480, abs=2)


def test_all_clips_come_to_the_same_loudness_but_never_to_clipping() -> None:
    wave_form = np.sin(np.arange(16000) / 7)
    for gain in (0.01, 0.3, 3.0):
        even = make_clips._even(gain * wave_form)
        assert np.sqrt(np.mean(even**2)) == pytest.approx(make_clips.LOUDNESS, rel=0.05)
    spike = np.full(16000, 1e-4)
    spike[8000] = 1.0
    assert np.abs(make_clips._even(spike)).max() <= 0.9
