"""A log that several processes append to, kept from growing for ever."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from lamp.runtime.files import write_whole

LARGEST = 2 << 20  # bytes
EARLIER = ".1"  # added to the name of what was written before


def rotate(path: Path, largest: int = LARGEST) -> None:
    """Begin the log at ``path`` anew if it is larger than that; the earlier part stays beside it.

    It is emptied in place, for those who append to it hold it open. What they write while it is
    copied is lost. A disk that refuses is tried again at the next call.
    """
    with contextlib.suppress(OSError):
        if path.stat().st_size <= largest:
            return
        content = path.read_bytes()
        # A line that is longer than all that is kept begins somewhere within it.
        write_whole(path.with_name(path.name + EARLIER), content[-largest:], durable=False)
        os.truncate(path, 0)
