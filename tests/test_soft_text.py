"""Texts of which not every letter is certain, as the lamp's processes hand them on."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamp.language_model.text import grams
from lamp.soft_text import LEAST, NOTHING_HEARD, Slot, SoftText

DOUBTFUL = SoftText(((("n", 0.9),), (("o", 0.6), ("a", 0.3)), (("x", 0.8), ("g", 0.06))), "nox")


@st.composite
def slots(draw: st.DrawFn) -> Slot:
    symbols = draw(st.lists(st.sampled_from("abc 'é"), min_size=1, max_size=4, unique=True))
    shares = sorted((draw(st.integers(3, 100)) for _ in symbols), reverse=True)
    return tuple((symbol, share / 100) for symbol, share in zip(symbols, shares, strict=True))


soft_texts = st.builds(
    SoftText,
    st.lists(slots(), max_size=8).map(tuple),
    st.text("abc 'é", max_size=8),
    st.binary(max_size=64),
)


def by_every_way(soft: SoftText, longest: int) -> dict[str, float]:
    """Slow and plain: every spelling of every run of slots."""
    padded = [((" ", 1.0),), *soft.slots, ((" ", 1.0),)]
    found: dict[str, float] = {}
    for size in range(1, longest + 1):
        for start in range(len(padded) - size + 1):
            for way in itertools.product(*padded[start : start + size]):
                p = 1.0
                for _, q in way:
                    p *= q
                gram = "".join(symbol for symbol, _ in way)
                found[gram] = max(p, found.get(gram, 0.0))
    return {gram: p for gram, p in found.items() if p >= LEAST}


@given(soft_texts, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_the_grams_are_those_of_every_way_to_spell_it(soft: SoftText, longest: int) -> None:
    assert soft.grams(longest) == pytest.approx(by_every_way(soft, longest))


@given(st.text("lamp on", max_size=12), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_a_certain_text_has_the_grams_of_a_plain_one_in_their_order(
    text: str, longest: int
) -> None:
    assert list(SoftText.of_text(text).grams(longest).items()) == list(grams(text, longest).items())


def test_symbols_of_several_letters_are_one_symbol() -> None:
    soft = SoftText(((("tʃ", 0.5), ("t", 0.4)), (("ʃ", 1.0),)))
    assert soft.grams(1) == {" ": 1.0, "tʃ": 0.5, "t": 0.4, "ʃ": 1.0}
    assert soft.grams(2)["tʃ"] == 0.5, "the symbol is likelier than the two in a row"


@given(soft_texts)
@settings(max_examples=60, deadline=None)
def test_what_is_encoded_in_whole_per_cent_comes_back(soft: SoftText) -> None:
    assert SoftText.decode(soft.encode()) == soft


def test_finer_probabilities_are_rounded_once() -> None:
    soft = SoftText.decode(SoftText(((("a", 0.876), ("b", 0.034)),), "a").encode())
    assert soft.slots == ((("a", 0.88), ("b", 0.03)),)
    assert SoftText.decode(soft.encode()) == soft


def test_what_earlier_versions_wrote_has_no_embedding() -> None:
    read = SoftText.decode('["nox",[{"n":90},{"o":60,"a":30},{"x":80,"g":6}]]')
    assert read == DOUBTFUL
    assert read.embedding == b""
    heard = SoftText(DOUBTFUL.slots, "nox", bytes(range(64)))
    assert SoftText.decode(heard.encode()).embedding == bytes(range(64))


@pytest.mark.parametrize("damaged", ["", "{}", '["nox"]', '["nox",[{"n":0.5}]]', '["nox",[{"n'])
def test_what_was_not_encoded_here_is_refused(damaged: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        SoftText.decode(damaged)


def test_nothing_heard_is_empty_and_a_doubtful_sound_without_spelling_is_not() -> None:
    assert NOTHING_HEARD.empty
    assert not NOTHING_HEARD
    assert SoftText.of_text("") == NOTHING_HEARD
    unspelled = SoftText(((("o", 0.4),),), best="")
    assert unspelled
    assert not unspelled.empty


def test_equal_texts_are_equal_keys() -> None:
    assert len({DOUBTFUL, SoftText(DOUBTFUL.slots, "nox"), SoftText.of_text("nox")}) == 2
