"""A calibration with an embedding, learned from made-up people whose letters say little."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lamp.similarity.calibration import LETTERS, Calibration, Coefficients
from lamp.similarity.embedding import packed
from lamp.soft_text import SoftText
from models.recipe import calibrate_embedding
from models.recipe.calibrate_embedding import (
    SCALE,
    SHIFT,
    crossed,
    fitted,
    hear,
    pairs,
    scaled,
    together,
)
from models.recipe.phrases import Sound, near, phrases_of, spoken, talk_in, voices_in, words_of
from models.recipe.similarity import Hearing
from models.recipe.store import RATE, Samples, Source, Writer
from models.recipe.takes import held_out, said_in

PATTERN = r"(?P<word>[^/]+)/(?P<voice>[^_]+)_"
WORDS = ("on", "off", "dim", "bright")
KNOWN = tuple("ABCDEFGH")


class Ear:
    """Hears the level of a clip as a direction; of the letters it catches half."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def hear(self, clip: Samples) -> SoftText:
        first = clip[clip != 0][0]
        letter = KNOWN[round(8 * abs(float(first))) % 8]
        caught = [letter if self.rng.random() < 0.5 else str(self.rng.choice(KNOWN))]
        angles = 40 * float(first) * np.arange(1, 9) + 0.3 * self.rng.standard_normal(8)
        vector = np.concatenate([np.cos(angles), np.sin(angles)]).astype(np.float32)
        return SoftText(tuple(((x, 0.9),) for x in caught), embedding=packed(vector))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    rng = np.random.default_rng(4)
    with Writer(folder, "sc") as writer:
        for voice in "klmnopqrstuvwxyz":
            for place, word in enumerate(WORDS):
                for take in range(4):
                    level = 0.2 + 0.15 * place + 0.001 * take
                    writer.add(f"{word}/{voice}_{take}.wav#0", np.full(4_000, level, np.float32))
    with Writer(folder, "radio") as writer:
        for number in range(60):
            writer.add(f"{number}#0", rng.uniform(-0.9, 0.9, 80_000).astype(np.float32))
    return folder


def all_sounds(store: Path, rng: np.random.Generator) -> Iterator[Sound]:
    source = Source(store, "sc")
    for voice, words in voices_in(source, PATTERN, 1).items():
        yield from words_of(source, voice, words, 3, rng)
    yield from talk_in(Source(store, "radio"), 60, 1, rng)


def test_only_people_the_embedding_has_not_heard_are_used(store: Path) -> None:
    source = Source(store, "sc")
    everybody, kept = voices_in(source, PATTERN, 1), voices_in(source, PATTERN, 3)
    assert len(everybody) == 16
    assert 0 < len(kept) < 16
    assert set(kept) < set(everybody)
    said = {n for words in kept.values() for numbers in words.values() for n in numbers}
    for number, clip in enumerate(source.clips):
        voice = "sc:" + clip.key.split("/")[1][0]
        assert (number in said) == (voice in kept)
    assert voices_in(source, PATTERN, 0) == {}


def test_talk_that_the_embedding_has_heard_is_left_out(store: Path) -> None:
    source, rng = Source(store, "radio"), np.random.default_rng(0)
    assert list(talk_in(source, 10, 0, rng)) == []
    kept = [source.samples(n) for n in range(60) if _kept(source, n)]
    for piece in talk_in(source, 20, 4, rng):
        assert not piece.words
        assert 0.4 * RATE - 1 <= len(piece.samples) <= 4 * RATE
        assert any(_within(piece.samples, clip) for clip in kept)


def _kept(source: Source, number: int) -> bool:
    return held_out(source, number, said_in(source, "")[number], 4)


def _within(piece: Samples, clip: Samples) -> bool:
    starts = np.flatnonzero(clip == piece[0])
    return any(np.array_equal(clip[at : at + len(piece)], piece) for at in starts)


def test_a_phrase_has_two_to_four_words_and_no_clip_is_in_two_takes_of_it(store: Path) -> None:
    source, rng = Source(store, "sc"), np.random.default_rng(1)
    words = voices_in(source, PATTERN, 1)["sc:k"]
    heard = list(phrases_of(source, "sc:k", words, 40, rng))
    assert {len(one.words) for one in heard} == {2, 3, 4}
    start = 0
    while start < len(heard):
        takes = [one for one in heard[start : start + 3] if one.words == heard[start].words]
        levels = [set(np.unique(one.samples).tolist()) - {0.0} for one in takes]
        assert len(takes) >= 2
        for place, mine in enumerate(levels):
            assert len(mine) == len(set(takes[0].words))
            assert all(not mine & other for other in levels[:place])
        start += len(takes)


def test_a_near_phrase_differs_in_one_word() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        changed = near(["on", "dim", "on"], WORDS, rng)
        assert sum(a != b for a, b in zip(changed, ["on", "dim", "on"], strict=True)) == 1
        assert set(changed) <= set(WORDS)


def test_somebody_who_says_one_word_only_says_no_phrase(store: Path) -> None:
    source = Source(store, "sc")
    assert list(phrases_of(source, "k", {"on": [0, 1]}, 5, np.random.default_rng(0))) == []


def test_words_stand_in_their_order_with_short_pauses() -> None:
    clips = [np.full(100, level, np.float32) for level in (0.1, 0.2)]
    sound = spoken(clips, np.random.default_rng(0))
    one, other = (np.flatnonzero(sound == np.float32(level)) for level in (0.1, 0.2))
    assert len(one) == len(other) == 100
    assert 0.02 * RATE <= other[0] - one[-1] <= 0.2 * RATE + 1


def test_what_the_embedding_knows_is_learned_and_helps_people_it_was_not_learned_from(
    store: Path,
) -> None:
    rng = np.random.default_rng(3)
    calibration = Calibration()
    heard = hear(all_sounds(store, rng), Ear(1), calibration)  # type: ignore[arg-type]
    voices = list(pairs(heard, calibration, rng).values())
    assert len(voices) == 16
    letters, both = crossed(voices, LETTERS), crossed(voices)
    assert both.words < letters.words - 0.1
    assert both.talk < 0.6 * letters.talk
    weights = fitted(voices)
    same, talk = (rows @ weights for rows in (together(voices).same, together(voices).talk))
    assert same.mean() > 2 > -2 > talk.mean()


def test_no_utterance_is_compared_with_itself_or_with_somebody_else(store: Path) -> None:
    rng = np.random.default_rng(3)
    heard = hear(all_sounds(store, rng), Ear(1), Calibration())  # type: ignore[arg-type]
    for one in pairs(heard, Calibration(), rng).values():
        assert one.same.shape == (len(WORDS) * 2 * 2, 8)
        assert one.talk.shape == (len(WORDS) * 2 * 10, 8)
        assert one.same[:, 6].max() < 0.9999  # an embedding is like nothing but itself
        assert not np.isnan(one.other).any()


def test_what_comes_out_is_scaled_for_a_home() -> None:
    weights = np.arange(1.0, 9.0)
    made = scaled(weights)
    assert made == Coefficients(*[round(SCALE * w + (SHIFT if w == 1 else 0), 4) for w in weights])
    assert made.constant == pytest.approx(1.32)
    assert made.embedding_and_shorter == pytest.approx(0.52 * 8)


def test_the_command_changes_with_embedding_and_nothing_else(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Calibration(KNOWN, tuple((1.0,) * 8 for _ in KNOWN))
    before.save(tmp_path)
    monkeypatch.setattr(calibrate_embedding, "Hearing", lambda _model, seed: Ear(seed))
    words = ["calibrate", f"sc={PATTERN}", "--talk", "radio", "--store", str(store), "--hold", "1"]
    words += ["--model", str(tmp_path), "--stretches", "60", "--phrases", "1", "--takes", "2"]
    monkeypatch.setattr(sys, "argv", words)
    calibrate_embedding.main()
    after = Calibration.beside(tmp_path)
    assert after.with_embedding is not None
    assert after.with_embedding.embedding != 0
    assert (after.coefficients, after.substitutions) == (before.coefficients, before.substitutions)


def test_the_shipped_model_gives_texts_with_a_vector() -> None:
    hearing = Hearing(Path(__file__).parents[2] / "models/potato-wav2vec2", 1)
    rng = np.random.default_rng(0)
    vowel = np.sign(np.sin(np.arange(12_000) * 0.05)) * np.hanning(12_000) * 0.5
    sounds = [(vowel * rng.uniform(0.5, 1)).astype(np.float32) for _ in range(4)]
    assert any(len(hearing.hear(sound).embedding) == 64 for sound in sounds)
