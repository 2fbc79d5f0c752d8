"""A damaged diary: whatever SQLite can still give is brought into a new one, row by row."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamp.diary.rows import COLUMNS, IS_ONE, insertion

AT_ONCE = 500  # rows
GUESS = 200_000  # rows to ask for where nothing tells how many there are
PATIENCE = 3000  # rows in a row that are not there, after which nothing more is expected


@dataclass(frozen=True)
class Saved:
    """How much was brought over: rows by table, and how many were not fit to be."""

    rows: dict[str, int]
    unfit: int

    def __str__(self) -> str:
        told = ", ".join(f"{count} {table}" for table, count in self.rows.items())
        return f"{told} were saved" + (f", {self.unfit} rows were unfit" if self.unfit else "")


def salvage(
    sources: Iterable[Path],
    empty: sqlite3.Connection,
    fresh: bytes,
    meanwhile: Callable[[], None] = lambda: None,
) -> Saved:
    """Bring into ``empty`` what the first of ``sources`` gives, and from others what it does not.

    Positions stay, so that a model knows what it has been told.

    Args:
        sources: the damaged diary, and earlier states of it; each may be missing or damaged.
        empty: a new diary.
        fresh: the file of a new diary.
        meanwhile: called again and again.
    """
    unfit = 0
    for source in sources:
        if not source.is_file():
            continue
        brought, bad = _bring(source, empty, meanwhile)
        unfit += bad
        if not brought:
            # The first page names all others, and is nearly the same in every diary.
            mended = source.with_name(f"{source.name}.mended")
            try:
                _with_first_page_of(fresh, source, mended)
                unfit += _bring(mended, empty, meanwhile)[1]
            finally:
                mended.unlink(missing_ok=True)
    return Saved({table: _count(empty, table) for table in COLUMNS}, unfit)


def _bring(
    source: Path, into: sqlite3.Connection, meanwhile: Callable[[], None]
) -> tuple[int, int]:
    """Bring over all rows that are whole; how many there were, and how many were not."""
    brought = unfit = 0
    with contextlib.suppress(sqlite3.Error), closing(_open(source)) as connection:
        for table, fits in IS_ONE.items():
            columns = _defaults(into, table)
            for row in _rows(connection, table, meanwhile):
                if not fits(row) or not set(row.keys()) <= set(columns):
                    unfit += 1
                    continue
                # Rows of an older lamp lack some columns, and have no checksum.
                into.execute(*insertion(table, columns | dict(row)))
                brought += 1
    into.commit()
    return brought, unfit


def _defaults(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
    """The columns of ``table``, and what they are where nothing is said."""
    found = {}
    for _, name, _, _, default, _ in connection.execute(f"PRAGMA table_info({table})"):
        found[name] = connection.execute(f"SELECT {default or 'NULL'}").fetchone()[0]
    return found


def _open(path: Path) -> sqlite3.Connection:
    # The log beside it is taken along, if that is whole.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    # Else SQLite refuses a file that is shorter than it was, whatever is left of it.
    connection.execute("PRAGMA writable_schema = ON")
    return connection


def _text(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw  # which fits nowhere


def _rows(
    connection: sqlite3.Connection, table: str, meanwhile: Callable[[], None]
) -> Iterator[sqlite3.Row]:
    """Every row that can be read, whatever becomes of those beside it."""
    query = f"SELECT * FROM {table} WHERE position BETWEEN ? AND ?"  # noqa: S608
    last = _last(connection, table)
    missing = 0
    for begin in range(1, (last or GUESS) + 1, AT_ONCE):
        meanwhile()
        positions = range(begin, begin + AT_ONCE)
        found: list[sqlite3.Row] = []
        with contextlib.suppress(sqlite3.Error):
            found = connection.execute(query, (begin, positions[-1])).fetchall()
        # Where keys are out of order a walk along them ends early, and says nothing.
        others = set(positions) - {row["position"] for row in found}
        found += _one_by_one(connection, table, sorted(others))
        yield from found
        missing = 0 if found else missing + AT_ONCE
        if last is None and missing > PATIENCE:
            return


def _one_by_one(
    connection: sqlite3.Connection, table: str, positions: list[int]
) -> Iterator[sqlite3.Row]:
    # Not BETWEEN, which goes on to the next row, and fails where that is damaged.
    query = f"SELECT * FROM {table} WHERE position = ?"  # noqa: S608
    for position in positions:
        with contextlib.suppress(sqlite3.Error):
            yield from connection.execute(query, (position,)).fetchall()


def _last(connection: sqlite3.Connection, table: str) -> int | None:
    """The highest position; None where that cannot be read."""
    numbers: list[Any] = []
    for query in (
        f"SELECT MAX(position) FROM {table}",  # noqa: S608
        f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",  # noqa: S608
    ):
        with contextlib.suppress(sqlite3.Error):
            numbers += [row[0] for row in connection.execute(query)]
    known = [number for number in numbers if isinstance(number, int) and 0 <= number < 1 << 40]
    return max(known) if known and max(known) <= 100 * GUESS else None


def _count(connection: sqlite3.Connection, *tables: str) -> int:
    counts = (
        connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608
        for table in tables or COLUMNS
    )
    return sum(counts)


def _with_first_page_of(fresh: bytes, source: Path, mended: Path) -> None:
    """Write ``source`` to ``mended`` with the first page of the diary ``fresh``."""
    page_size = int.from_bytes(fresh[16:18], "big")
    content = bytearray(source.read_bytes())
    content[:page_size] = fresh[:page_size]
    content[28:32] = (len(content) // page_size).to_bytes(4, "big")  # pages
    content[32:40] = bytes(8)  # none of them free
    mended.unlink(missing_ok=True)
    file = os.open(mended, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "wb") as written:
        written.write(content)
