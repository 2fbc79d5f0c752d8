"""Who says what is read from the keys of clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.recipe.store import Source, Writer
from models.recipe.takes import Said, held_out, parsed, said_in


@pytest.fixture
def source(tmp_path: Path) -> Source:
    with Writer(tmp_path, "sc") as writer:
        for key in (
            "yes/ann_1.wav#0",
            "yes/bob_1.wav#0",
            "no/ann_1.wav#0",
            "no/ann_1.wav#1",
            "x#0",
        ):
            writer.add(key, np.full(160, 0.5, np.float32))
    return Source(tmp_path, "sc")


def test_voice_and_word_come_from_the_pattern(source: Source) -> None:
    said = said_in(source, r"(?P<word>[^/]+)/(?P<voice>[^_]+)_")
    assert said == {0: Said("sc:ann", "yes"), 1: Said("sc:bob", "yes"), 2: Said("sc:ann", "no")}


def test_without_a_word_in_the_pattern_every_clip_is_one(source: Source) -> None:
    said = said_in(source, r"[^/]+/(?P<voice>[^_]+)_")
    assert [one.word for one in said.values()] == [source.clips[n].key for n in (0, 1, 2)]


def test_talk_has_no_words_and_keeps_every_piece(source: Source) -> None:
    said = said_in(source, "")
    assert {one.word for one in said.values()} == {""}
    assert sorted(said) == [0, 1, 2, 3, 4]
    assert [said[number].voice for number in (3, 4)] == ["sc:no", "sc:"]


def test_a_pattern_may_hold_equal_signs() -> None:
    assert parsed("sc=(?P<word>a=b)") == ("sc", "(?P<word>a=b)")
    assert parsed("talk") == ("talk", "")


def test_a_voice_is_kept_back_whole_and_always_the_same(source: Source) -> None:
    said = said_in(source, r"(?P<word>[^/]+)/(?P<voice>[^_]+)_")
    for every in (2, 3, 5):
        kept = {number for number, one in said.items() if held_out(source, number, one, every)}
        assert (0 in kept) == (2 in kept)  # both are ann
    assert not any(held_out(source, number, one, 0) for number, one in said.items())
    assert all(held_out(source, number, one, 1) for number, one in said.items())


def test_of_talk_single_clips_are_kept_back(tmp_path: Path) -> None:
    with Writer(tmp_path, "talk") as writer:
        for number in range(40):
            writer.add(f"radio/{number}#0", np.full(160, 0.5, np.float32))
    talk = Source(tmp_path, "talk")
    kept = [number for number, one in said_in(talk, "").items() if held_out(talk, number, one, 4)]
    assert 4 <= len(kept) <= 18
