"""Sounds to letters and back to strings."""

from __future__ import annotations

from models.recipe.letters import BLANK, SOUNDS, VOCABULARY, collapse, fold_matrix, spell


def test_the_vocabulary_is_the_usual_one() -> None:
    assert len(VOCABULARY) == 32
    assert VOCABULARY[:7] == ["<pad>", "<s>", "</s>", "<unk>", "|", "E", "T"]
    assert set(SOUNDS) <= set(VOCABULARY)


def test_no_sound_has_two_letters() -> None:
    sounds = [sound for group in SOUNDS.values() for sound in group.split()]
    assert len(sounds) == len(set(sounds))


def test_every_phoneme_counts_once_and_strangers_are_blank() -> None:
    matrix = fold_matrix(["s", "z", "aɪ", "<wb>", "<blank>"])
    assert matrix.sum(axis=1).tolist() == [1.0] * 5
    best = matrix.argmax(axis=1).tolist()
    assert best[0] == best[1] == VOCABULARY.index("S")
    assert best[3:] == [BLANK, BLANK]


def test_collapse_merges_repeats_and_keeps_doubles() -> None:
    s = VOCABULARY.index("S")
    assert spell(collapse([BLANK, s, s, BLANK, s, BLANK])) == "SS"
    assert collapse([]) == []
