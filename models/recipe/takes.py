"""Which clips are takes of the same words by the same person, and which are talk.

A source is named on the command line as `NAME=PATTERN`: a regular expression on the key of a clip
whose groups `voice` and `word` say who says what. A source without a pattern is talk: nobody knows
which parts of it are said twice. `NAME=PATTERN` without a group `word`: every clip is a word of
its own, and its takes are the renderings of it.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from models.recipe.store import Source


@dataclass(frozen=True)
class Said:
    """Who said what in a clip; `word` is empty in talk."""

    voice: str
    word: str


def said_in(source: Source, pattern: str) -> dict[int, Said]:
    """Clip number -> who said what. Clips that do not match, and later pieces, are left out."""
    wanted = re.compile(pattern or "((?P<voice>.*)/)?")
    found = {}
    for number, clip in enumerate(source.clips):
        match = wanted.match(clip.key)
        if not match or (pattern and not clip.key.endswith("#0")):
            continue
        groups = match.groupdict()
        word = groups.get("word", clip.key) if pattern else ""
        found[number] = Said(f"{source.name}:{groups.get('voice') or ''}", word)
    return found


def held_out(source: Source, number: int, said: Said, every: int) -> bool:
    """Whether a clip is kept for measuring: one voice in `every`, in talk one clip in `every`."""
    key = said.voice if said.word else source.clips[number].key
    return bool(every) and zlib.crc32(key.encode()) % every == 0


def parsed(text: str) -> tuple[str, str]:
    """`NAME=PATTERN` or `NAME`."""
    name, _, pattern = text.partition("=")
    return name, pattern
