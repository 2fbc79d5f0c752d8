"""Values stay as they were written, and no text does more than be refused in one line."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.plain_yaml import MOST_CHARACTERS, NotPlainError, read_tree


@pytest.mark.parametrize(
    "written", ["off", "on", "Yes", "2026-02-30", "0x_", "190:20:30", ".nan", "1_0", "=", "0o17"]
)
def test_no_type_is_guessed(written: str) -> None:
    assert read_tree(f"key: {written}") == {"key": written}


def test_what_is_left_empty_is_left_out() -> None:
    text = "pins:\n  # relay: 36\naudio: {device: , source: ''}\nseed: ~\nnames: {thing: null}"
    assert read_tree(text) == {"audio": {"source": ""}, "names": {}}
    assert read_tree("") is None
    assert read_tree("# only a comment") is None


def test_json_keeps_its_types() -> None:
    assert read_tree('{"pins": {"relay": 36, "led": null}}') == {"pins": {"relay": 36, "led": None}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pins: {relay: 36}\npins: {relay: 12}", "'pins' is there twice"),
        ("pins:\n  relay: 36\n  relay: 12", "'relay' is there twice (in the part that begins in l"),
        ('{"pins": {"relay": 36, "relay": 12}}', "'relay' is there twice"),
        ("a: &x 1\nb: *x", "alias"),
        ("a: !!python/object:os.system x", "line 1 has a tag"),
        ("a: !x y", "line 1 has a tag"),
        ("? [a, b]\n: 1", "no word"),
        ("a: 1\n---\nb: 2", "single document"),
        ("a:\n\t- b", "found character"),
        ("a: \0", "special characters"),
        ("[" * 100_000, "characters"),
        ("[" * 3000, "brackets"),
        ("- " * 3000 + "a", "nested too deeply"),
        ("a: " + "x" * MOST_CHARACTERS, "characters"),
    ],
)
def test_what_is_not_plain_is_refused_at_once_and_in_one_line(text: str, says: str) -> None:
    began = time.process_time()
    with pytest.raises(NotPlainError) as caught:
        read_tree(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.process_time() - began < 1.0


@given(
    st.text(alphabet=st.characters(), max_size=60) | st.text("[]{}:,-?&*!|>'\"\n a", max_size=60)
)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with contextlib.suppress(NotPlainError):
        read_tree(text)
