"""Clips on disk and what the teacher heard in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.recipe.letters import LETTERS
from models.recipe.store import Source, Writer
from models.recipe.teacher import Heard, frames_of, pack, unpack


def wave(count: int) -> np.ndarray:
    return (0.5 * np.sin(np.arange(count) / 10)).astype(np.float32)


def test_clips_come_back(tmp_path: Path) -> None:
    with Writer(tmp_path, "some") as writer:
        writer.add("a", wave(1000), "hello", "me")
        writer.add("a", wave(7))
        writer.add("b", wave(500))
    source = Source(tmp_path, "some")
    assert [clip.key for clip in source.clips] == ["a", "b"]
    assert np.abs(source.samples(1) - wave(500)).max() < 1e-4


def test_an_interrupted_writer_goes_on(tmp_path: Path) -> None:
    with Writer(tmp_path, "some") as writer:
        writer.add("a", wave(1000))
    with (tmp_path / "some.i16").open("ab") as file:
        file.write(b"half a clip")
    with (tmp_path / "some.jsonl").open("a") as file:
        file.write('{"key": "b"')
    with Writer(tmp_path, "some") as writer:
        assert writer.known == {"a"}
        writer.add("b", wave(500))
    source = Source(tmp_path, "some")
    assert [clip.key for clip in source.clips] == ["a", "b"]
    assert np.abs(source.samples(1) - wave(500)).max() < 1e-4


def test_posteriors_survive_packing() -> None:
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.full(32, 0.1), 50).astype(np.float32)
    assert np.abs(unpack(pack(rows)) - rows).max() < 0.02


def test_only_whole_clips_count_as_heard(tmp_path: Path) -> None:
    with Writer(tmp_path, "some") as writer:
        writer.add("a", wave(3200))
        writer.add("b", wave(3200))
    source = Source(tmp_path, "some")
    rows = np.zeros((frames_of(3200) + 3, len(LETTERS)), np.float32)
    rows[:, 0] = 1
    (tmp_path / "some.phones").write_bytes(pack(rows).tobytes())
    heard = Heard(tmp_path, source)
    assert len(heard) == 1
    assert heard[0].shape == (11, 32)
