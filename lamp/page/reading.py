"""The diary as the page reads it: opened for each look, so that it may be replaced or erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lamp.config import Names
from lamp.diary.export import lines
from lamp.diary.reader import DiaryReader, Tally
from lamp.diary.schema import open_diary
from lamp.errors import StateError
from lamp.page.rows import Row, rows_of

DAYS_FOR_DAYS = 3  # with fewer days in the diary, the curve is by the hour
TALLIES = 24


@dataclass(frozen=True)
class Seen:
    """One look.

    rows: newest first.
    trouble: what keeps the diary from being read, if anything.
    """

    rows: Sequence[Row] = ()
    tallies: Sequence[Tally] = ()
    trouble: str = ""


class Reading:
    """Looks into the diary at ``path``, and never writes there.

    Args:
        path: of the diary; there may be none yet.
        names: what the thing and its states are called.
    """

    def __init__(self, path: Path, names: Names) -> None:
        self._path = path
        self._names = names
        self._looked_at: tuple[object, ...] = ()
        self._rows: Sequence[Row] = ()

    def see(self, count: int) -> Seen:
        """The last ``count`` rows, and the learning curve."""
        if not self._path.exists():
            return Seen()
        try:
            with self._open() as diary:
                days = diary.tallies("day", TALLIES)
                hours = diary.tallies("hour", TALLIES) if len(days) < DAYS_FOR_DAYS else days
                return Seen(self._rows_of(diary, count), hours)
        except StateError as error:
            return Seen(trouble=str(error))

    def rows(self, count: int) -> Sequence[Row]:
        """The last ``count`` rows; the same as before as long as nothing is written."""
        looked_at = (count, *(_signature(self._path, log) for log in ("", "-wal")))
        if looked_at != self._looked_at:
            self._rows = self.see(count).rows
            self._looked_at = looked_at
        return self._rows

    def export(self) -> Iterator[str]:
        """Every exchange, one JSON object a line."""
        if not self._path.exists():
            return
        with self._open() as diary:
            for line in lines(diary):
                yield line + "\n"

    @contextmanager
    def _open(self) -> Iterator[DiaryReader]:
        with closing(open_diary(self._path, read_only=True)) as connection:
            yield DiaryReader(connection, self._path.parent)

    def _rows_of(self, diary: DiaryReader, count: int) -> Sequence[Row]:
        return rows_of(diary, diary.last_exchanges(count)[::-1], self._names)


def _signature(path: Path, log: str) -> tuple[int, int, int] | None:
    try:
        status = path.with_name(path.name + log).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
