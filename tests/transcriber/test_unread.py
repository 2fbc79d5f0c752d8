"""A transcript outlives the transcriber until the anticipator has dealt with it."""

from __future__ import annotations

import pytest

from lamp.messages import Transcript
from lamp.runtime.journal import Journal
from lamp.soft_text import SoftText
from lamp.transcriber import unread as unread_module
from lamp.transcriber.unread import UnreadTranscripts, open_unread

SOFT = SoftText.of_text("lumos").encode()
SAID = Transcript("u1", "lumos", 0.9, 9, 10, 10.5, SOFT, {"wait": 0.1})
AGAIN = Transcript("u2", "nox", 0.9, 19, 20, 20.5)


def unread(folder):
    return UnreadTranscripts(Journal(folder / "transcripts", None))


def test_what_was_not_dealt_with_is_left_as_it_was(tmp_path):
    first = unread(tmp_path)
    dealt_with = first.note(SAID)
    first.note(AGAIN)
    assert unread(tmp_path).left == [SAID, AGAIN]
    dealt_with()
    assert first.left == [AGAIN]


def test_no_word_stays_once_all_is_dealt_with(tmp_path):
    first = unread(tmp_path)
    first.note(SAID)()
    assert (tmp_path / "transcripts").read_bytes() == b""


def test_what_another_version_left_is_thrown_away(tmp_path):
    Journal(tmp_path / "transcripts", None).add({"id": "u0", "text": 5})
    assert unread(tmp_path).left == []
    assert (tmp_path / "transcripts").read_bytes() == b""


@pytest.mark.parametrize("in_memory", [True, False])
def test_words_are_kept_in_memory_or_not_at_all(tmp_path, monkeypatch, in_memory):
    monkeypatch.setattr(unread_module, "memory_backed", lambda directory: in_memory)
    kept = open_unread(tmp_path)
    assert (kept is not None) == in_memory
    assert (tmp_path / "transcripts.journal").exists() == in_memory
