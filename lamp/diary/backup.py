"""A backup is one file, a diary: all that was learned is made from it again.

It holds the words that were heard, so it is for its owner's eyes alone.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from lamp.diary.schema import MIGRATIONS, check, disk_errors, keep_copy
from lamp.diary.writer import Diary
from lamp.errors import StateError
from lamp.runtime.files import flush


def back_up(diary: Path, backup: Path) -> None:
    """Write what is in ``diary`` now into the new file ``backup``. The lamp may go on meanwhile.

    Raises:
        StateError: there is no diary, a file of that name, or no place for it.
    """
    if not diary.is_file():
        raise StateError(f"there is no diary at {diary} yet, so there is nothing to back up")
    if backup.exists():
        raise StateError(f"{backup} is there already. Take another name")
    keep_copy(diary, backup)


def restore(backup: Path, diary: Path, first: Callable[[], None]) -> dict[str, int]:
    """Put what is in ``backup`` in the place of ``diary``, which nobody may have open; its counts.

    Args:
        backup: written by :func:`back_up`.
        diary: there may be none.
        first: erases what was learned from that, once it is clear that ``backup`` is good.

    Raises:
        StateError: it is no backup of this lamp or an earlier one, or damaged; nothing is changed.
    """
    making = diary.with_name(f"{diary.name}.restoring")
    with disk_errors(diary.parent):
        diary.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        making.unlink(missing_ok=True)
        try:
            shutil.copyfile(backup, making)
        except OSError as error:
            raise StateError(f"{backup} cannot be read: {error.strerror}") from error
        making.chmod(0o600)
        try:
            _refuse_what_is_no_backup(making, backup)
            with closing(Diary.open(making)) as restored:  # brought to today's schema
                counts = restored.counts()
            flush(making)
            first()
            if diary.exists():
                with suppress(StateError):  # a damaged one is set aside
                    Diary.open(diary).close()  # and leaves no log that the new one would be read by
            os.replace(making, diary)
            flush(diary.parent)
        finally:
            for suffix in ("", "-wal", "-shm"):
                making.with_name(making.name + suffix).unlink(missing_ok=True)
    return counts


def _refuse_what_is_no_backup(making: Path, backup: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{making.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            check(opened)
            (version,) = opened.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise StateError(f"{backup} is no whole backup of a lamp ({error})") from error
    if not 0 < version <= len(MIGRATIONS):
        raise StateError(f"{backup} is no backup of this version of the lamp or an earlier one")
