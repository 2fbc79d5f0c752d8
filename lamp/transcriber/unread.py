"""Transcripts that the anticipator has not dealt with yet, kept while the transcriber dies.

In memory-backed storage only: words belong into the diary and onto no other place of a disk. A
power cut takes them, as it takes what was just being said.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from lamp.messages import Transcript
from lamp.runtime.journal import Journal
from lamp.runtime.journal_file import memory_backed

NAME = "transcripts.journal"


class UnreadTranscripts:
    """Keeps transcripts in ``journal``, which must not be on a disk."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def left(self) -> list[Transcript]:
        """What a predecessor of this process could not tell, oldest first."""
        found = []
        for entry in self._journal.owed:
            try:
                found.append(msgspec.convert(entry, Transcript))
            except msgspec.ValidationError:  # another version of the lamp
                self._journal.strike_out(str(entry.get("id", "")))
        return found

    def note(self, transcript: Transcript) -> Callable[[], None]:
        """Keep ``transcript`` until the result is called. Neither waits."""
        self._journal.add(msgspec.to_builtins(transcript))
        return lambda: self._journal.strike_out(transcript.id)


def open_unread(runtime: Path) -> UnreadTranscripts | None:
    """Those in the runtime directory; None where that is on a disk."""
    if not memory_backed(runtime):
        return None
    return UnreadTranscripts(Journal(runtime / NAME, None))
