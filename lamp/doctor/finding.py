"""What an examination finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``mend`` says what to do where it is not ok."""

    what: str
    ok: bool
    mend: str = ""
