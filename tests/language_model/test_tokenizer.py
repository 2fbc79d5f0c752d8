"""Byte-pair encoding: what is merged, and that nothing gets lost."""

from __future__ import annotations

import pytest

from lamp.language_model.text import UNKNOWN, Tokenizer

TEXTS = ["turn the light on", "turn the light off", "light it up", "naïve  double space"]
ACTIONS = ("<none>", "<lit>", "<dark>")


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer.train(TEXTS, 60, ACTIONS)


@pytest.mark.parametrize("text", [*TEXTS, "ton of light", " light ", "a"])
def test_joining_the_tokens_gives_back_the_text(tokenizer: Tokenizer, text: str) -> None:
    assert "".join(tokenizer.tokens[token] for token in tokenizer.encode(text)) == text


def test_a_frequent_word_becomes_one_token(tokenizer: Tokenizer) -> None:
    assert " light" in tokenizer.tokens
    assert len(tokenizer.encode(" light")) == 1


def test_the_most_frequent_pair_is_merged_first() -> None:
    tokenizer = Tokenizer.train(["xyxyxy ab ab"], 100, ())
    assert tokenizer.merges[0] == ("x", "y")


def test_ties_go_to_the_first_pair_in_the_alphabet() -> None:
    tokenizer = Tokenizer.train(["zy zy", "ab ab"], 100, ())
    assert tokenizer.merges[0] == ("a", "b")


def test_a_merged_pair_is_merged_from_the_left() -> None:
    tokenizer = Tokenizer.train(["aa aa aa"], 4, ())
    pieces = [tokenizer.tokens[token] for token in tokenizer.encode("aaa")]
    assert pieces[:2] == ["aa", "a"]


def test_a_pair_seen_once_stays_two_tokens() -> None:
    tokenizer = Tokenizer.train(["pq"], 100, ())
    assert tokenizer.merges == ()


def test_pairs_never_cross_words(tokenizer: Tokenizer) -> None:
    assert not any(" " in token[1:] for token in tokenizer.tokens if token.strip())


def test_there_are_never_more_tokens_than_asked_for() -> None:
    for most in (5, 12, 30):
        assert len(Tokenizer.train(TEXTS, most, ACTIONS)) <= most


def test_letters_that_were_never_seen_are_unknown(tokenizer: Tokenizer) -> None:
    assert [tokenizer.tokens[token] for token in tokenizer.encode("ж")] == [UNKNOWN]


def test_a_text_without_characters_is_one_unknown(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("").tolist() == [0]


def test_actions_in_a_dialogue_are_whole_tokens(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode_dialogue(("light", "<lit>"))
    assert [tokenizer.tokens[token] for token in ids] == [" light", "<lit>"]


def test_training_twice_gives_the_same_tokens() -> None:
    assert Tokenizer.train(TEXTS, 50, ()).tokens == Tokenizer.train(TEXTS, 50, ()).tokens
