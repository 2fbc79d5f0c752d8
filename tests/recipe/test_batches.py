"""Rows of training audio, noises, whistles and texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("soundfile")
pytest.importorskip("scipy")

from models.recipe import people, texts, whistles
from models.recipe.batches import COUNT, FRAMES, Material, Rows, Surroundings, faster
from models.recipe.letters import BLANK, VOCABULARY
from models.recipe.noises import KINDS, make_noises, make_room, rumble
from models.recipe.store import RATE, Source, Writer
from models.recipe.teacher import Heard, frames_of, pack


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Rows of one clip: a tone in which the teacher heard S all along."""
    with Writer(tmp_path, "tone") as writer:
        for number in range(3):
            writer.add(str(number), np.sin(np.arange(RATE) / 5).astype(np.float32) * 0.3)
    target = np.zeros((3 * frames_of(RATE), 32), np.float32)
    target[:, VOCABULARY.index("S")] = 1
    (tmp_path / "tone.phones").write_bytes(pack(target).tobytes())
    source = Source(tmp_path, "tone")
    rng = np.random.default_rng(0)
    rooms = [np.fft.rfft(make_room(rng), COUNT + 6400)]
    deep = [rumble(rng, COUNT + RATE).astype(np.float32)]
    around = Surroundings(rooms, make_noises(rng, len(KINDS), 7.0), deep)
    return Rows([Material(source, Heard(tmp_path, source), 1.0)], around, seed=1)


def test_targets_move_with_the_sound(rows: Rows) -> None:
    row = rows.row()
    samples, target = row.samples, row.target
    assert samples.shape == (COUNT,)
    assert target.shape == (FRAMES, 32)
    assert np.allclose(target.sum(axis=1), 1, atol=1e-4)
    loud = np.abs(samples[: (FRAMES - 1) * 320]).reshape(-1, 320).max(axis=1) > 0.1
    spoken = target[:-1].argmax(axis=1) != BLANK
    assert (loud == spoken).mean() > 0.97


def test_views_share_a_target_and_differ(rows: Rows) -> None:
    samples, target, strings = rows.batch(2, views=2)
    assert samples.shape == (4, COUNT)
    assert target.shape == (2, FRAMES, 32)
    assert len(strings) == 2
    assert np.abs(samples).max() <= 1.0
    assert not np.allclose(samples[0], samples[2])


def test_the_same_seed_gives_the_same_noise() -> None:
    first, second = (make_noises(np.random.default_rng(3), len(KINDS), 1.0) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert all(np.isfinite(wave).all() for wave in first)


def test_rumble_is_deep() -> None:
    power = np.abs(np.fft.rfft(rumble(np.random.default_rng(1), 4 * RATE))) ** 2
    hertz = np.fft.rfftfreq(4 * RATE, 1 / RATE)
    assert power[hertz > 300].sum() < 0.01 * power.sum()


def test_a_folder_without_recordings_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    monkeypatch.setattr("sys.argv", ["people", str(tmp_path), "nobody", "--store", str(store)])
    with pytest.raises(SystemExit, match="no recording under"):
        people.main()
    assert not store.exists()


def test_a_murmur_of_many_people_is_noise_of_full_length(rows: Rows) -> None:
    murmur = rows.murmur()
    assert murmur.shape == (COUNT,)
    assert abs(float(np.sqrt(np.square(murmur).mean())) - 1) < 0.01


def test_rooms_start_with_the_direct_sound() -> None:
    room = make_room(np.random.default_rng(0))
    assert np.abs(room).argmax() == 0


def test_faster_is_shorter() -> None:
    assert abs(len(faster(np.zeros(1000, np.float32), 1.25)) - 800) <= 1
    assert faster(np.ones((100, 32), np.float32), 0.8).shape[1] == 32


def test_rising_and_falling_whistles_read_differently() -> None:
    up = np.exp(np.linspace(np.log(700), np.log(3000), RATE // 2))
    rise, fall = (whistles.target_of(pitch, RATE // 2).argmax(axis=1) for pitch in (up, up[::-1]))
    assert "".join(VOCABULARY[s] for s in rise if s) == "WUOAEI"
    assert "".join(VOCABULARY[s] for s in fall if s) == "WIEAOU"


def test_silence_is_cut_and_long_clips_are_divided() -> None:
    rng = np.random.default_rng(0)
    speech = rng.standard_normal(20 * RATE).astype(np.float32) * 0.1
    still = np.zeros(3 * RATE, np.float32)
    cut = list(people.pieces(np.concatenate([still, speech, still])))
    assert len(cut) == 3
    assert all(len(piece) <= people.LONGEST_S * RATE for piece in cut)
    assert abs(sum(map(len, cut)) - 20.5 * RATE) < 0.1 * RATE


def test_there_is_always_something_to_say() -> None:
    said = texts.lines(np.random.default_rng(0))
    assert len({next(said) for _ in range(50)}) > 30
    assert all(texts.nonsense(np.random.default_rng(n)) for n in range(20))
