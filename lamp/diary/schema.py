"""The diary's tables, its migrations, and opening it on a disk that may be ill.

Write-ahead log with ``synchronous=FULL``: with NORMAL a power cut loses everything since
the last checkpoint.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from lamp.diary.rows import COLUMNS, IS_ONE, checksum, text_of
from lamp.diary.salvage import Saved, salvage
from lamp.errors import DiaryDamaged, DiaryTooNew, StateError, StateFull, StateReadOnly
from lamp.runtime.files import flush

#: One entry a schema version, applied in order; never edited, only appended to.
MIGRATIONS = (
    """
    CREATE TABLE exchanges (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        text TEXT NOT NULL,
        confidence REAL NOT NULL,
        started REAL NOT NULL,
        ended REAL NOT NULL,
        wall TEXT NOT NULL,
        state_before TEXT NOT NULL,
        none REAL NOT NULL,
        lit REAL NOT NULL,
        dark REAL NOT NULL,
        action TEXT NOT NULL,
        reason TEXT NOT NULL,
        stages TEXT NOT NULL,
        level_db REAL NOT NULL
    );
    CREATE TABLE flips (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        at REAL NOT NULL,
        wall TEXT NOT NULL,
        directive TEXT NOT NULL,
        exchange TEXT NOT NULL
    );
    CREATE TABLE labels (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        exchange TEXT NOT NULL REFERENCES exchanges (id),
        action TEXT NOT NULL,
        weight REAL NOT NULL,
        source TEXT NOT NULL,
        flip TEXT NOT NULL
    );
    CREATE INDEX labels_by_exchange ON labels (exchange, position);
    CREATE VIEW current_labels AS
        SELECT exchange, action, weight, source, flip FROM labels
        WHERE position IN (SELECT MAX(position) FROM labels GROUP BY exchange);
    """,
    """
    ALTER TABLE exchanges ADD COLUMN words TEXT NOT NULL DEFAULT 'null';
    ALTER TABLE exchanges ADD COLUMN moment TEXT NOT NULL DEFAULT 'null';
    """,
    """
    ALTER TABLE exchanges ADD COLUMN soft TEXT NOT NULL DEFAULT '';
    ALTER TABLE exchanges ADD COLUMN memory TEXT NOT NULL DEFAULT 'null';
    """,
    """
    ALTER TABLE exchanges ADD COLUMN boot TEXT NOT NULL DEFAULT '';
    ALTER TABLE flips ADD COLUMN boot TEXT NOT NULL DEFAULT '';
    """,
    # Whoever migrates to it writes the checksums, which SQLite cannot compute.
    """
    ALTER TABLE exchanges ADD COLUMN checksum INTEGER NOT NULL DEFAULT -1;
    ALTER TABLE flips ADD COLUMN checksum INTEGER NOT NULL DEFAULT -1;
    ALTER TABLE labels ADD COLUMN checksum INTEGER NOT NULL DEFAULT -1;
    """,
)
CHECKSUMS_SINCE = 5  # schema version

COPY = ".copy"  # added to the diary's name
SAVED = ".saved"  # the same, of one that is about to take the place of a damaged one
SUSPECT = ".suspect"  # the same, of a note that the diary failed though it was called whole
INSTRUCTIONS = 10_000  # of SQLite's machine between two signs of life, about a ms
BUSY = 100  # ms that a decision may wait for another program that holds the diary


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an older diary, or an empty one, to the current schema, all or nothing.

    Raises:
        DiaryTooNew: the diary was written by a newer version of the lamp.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise DiaryTooNew(
            f"the diary has schema {version}, this lamp knows up to {len(MIGRATIONS)}."
            " Install the newer version again, or move the diary away"
        )
    for number in range(version, len(MIGRATIONS)):
        try:
            connection.executescript(f"BEGIN;{MIGRATIONS[number]}")
            if number + 1 == CHECKSUMS_SINCE:
                _write_checksums(connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.commit()
        except BaseException:
            if connection.in_transaction:
                connection.rollback()
            raise


def _write_checksums(connection: sqlite3.Connection) -> None:
    """Give every row the checksum of what is in it now."""
    connection.text_factory = text_of
    for table, columns in COLUMNS.items():
        names = ", ".join(columns)
        query = f"SELECT position, {names} FROM {table} WHERE position > ? LIMIT 500"  # noqa: S608
        update = f"UPDATE {table} SET checksum = ? WHERE position = ?"  # noqa: S608
        last = -1
        while rows := connection.execute(query, (last,)).fetchall():
            last = rows[-1][0]
            connection.executemany(update, [(checksum(values), at) for at, *values in rows])


def open_diary(
    path: Path, read_only: bool = False, meanwhile: Callable[[], None] = lambda: None
) -> sqlite3.Connection:
    """A connection to the diary at ``path``.

    Args:
        meanwhile: called again and again while it is checked, or what can be is saved; a long
            one takes a while.

    Raises:
        DiaryDamaged: it is no diary; unless read-only, it now lies beside its old place.
        StateReadOnly, StateFull: the disk does not let us write.
        StateError: read-only, and there is no diary.
    """
    if read_only:
        if not path.is_file():
            raise StateError(_none_yet(path))
        with disk_errors(path.parent):
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
            try:
                (version,) = connection.execute("PRAGMA user_version").fetchone()
            except sqlite3.DatabaseError:
                connection.close()
                raise
        if version == 0:  # its owner is just making it
            connection.close()
            raise StateError(_none_yet(path))
        if version < len(MIGRATIONS):
            connection.close()
            raise StateError(
                f"the diary at {path} is an older lamp's. Start this lamp once with: lamp run"
            )
        return connection
    with disk_errors(path.parent):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists() and (made := path.with_name(path.name + SAVED)).exists():
            os.rename(made, path)  # the power went off between setting aside and this
        connection = sqlite3.connect(path)
        connection.set_progress_handler(meanwhile, INSTRUCTIONS)
        path.chmod(0o600)  # an earlier lamp may have made it for others to read
        try:
            if path.with_name(path.name + SUSPECT).exists():
                raise sqlite3.DatabaseError("it failed while it was used")
            _check(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA wal_autocheckpoint = 200")
            migrate(connection)
            connection.execute(f"PRAGMA busy_timeout = {BUSY}")
            connection.set_progress_handler(None, 0)
        except sqlite3.DatabaseError as error:
            connection.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            saved = _save(path, meanwhile)
            raise DiaryDamaged(
                f"the diary was damaged ({error}) and set aside as {_set_aside(path)}."
                f" {saved}, and the lamp goes on with them"
            ) from error
    return connection


def suspect(path: Path) -> None:
    """Note that the diary turned out to be damaged, which its check at the start had not seen.

    Else the next start would find it whole again, and the one after that.
    """
    with suppress(OSError):
        path.with_name(path.name + SUSPECT).touch()


def keep_copy(path: Path) -> None:
    """Keep a copy of the diary beside it, of which is taken what a damaged one does not give.

    For a thread of its own: it takes as long as the disk takes, and holds up no writer.

    Raises:
        StateError: the disk is full or has errors; an earlier copy stays.
    """
    making = path.with_name(f"{path.name}.copying")
    with disk_errors(path.parent):
        making.unlink(missing_ok=True)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as diary:
            diary.execute("VACUUM INTO ?", (str(making),))
        making.chmod(0o600)
        flush(making)
        os.replace(making, path.with_name(path.name + COPY))


def _save(path: Path, meanwhile: Callable[[], None]) -> Saved:
    """Make a diary of what the damaged one at ``path`` still gives, to take its place."""
    making = path.with_name(f"{path.name}.saving")
    making.unlink(missing_ok=True)
    with closing(sqlite3.connect(making)) as empty:
        migrate(empty)
        sources = (path, path.with_name(path.name + COPY))
        saved = salvage(sources, empty, making.read_bytes(), meanwhile)
    making.chmod(0o600)
    flush(making)
    os.replace(making, path.with_name(path.name + SAVED))
    return saved


@contextmanager
def disk_errors(directory: Path) -> Iterator[None]:
    """Turn what the disk says into a StateError that says what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise StateFull(_full(directory)) from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            raise StateReadOnly(_read_only(directory)) from error
        raise StateError(f"the diary in {directory} cannot be used: {error}") from error
    except sqlite3.DatabaseError as error:
        raise DiaryDamaged(
            f"the diary in {directory} is damaged ({error})."
            " Stop the lamp and start it again: it sets the file aside and begins a new one"
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StateFull(_full(directory)) from error
        raise StateReadOnly(f"{_read_only(directory)} ({error.strerror})") from error


def _check(connection: sqlite3.Connection) -> None:
    # Not quick_check, which does not see an index that misses a label: the lamp would forget it.
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(" ".join(verdict.split()))
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if version > len(MIGRATIONS):
        return  # of a newer lamp, which knows what it has
    if (version and not set(COLUMNS) <= names) or (names and not version):
        raise sqlite3.DatabaseError("its tables are not a diary's")
    if version and _columns(connection) != _columns_at(version):
        raise sqlite3.DatabaseError(f"its tables are not those of its version, {version}")
    if version == len(MIGRATIONS):
        _check_rows(connection)


def _columns(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """The columns of each table of a diary."""
    return {
        table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        for table in COLUMNS
    }


def _columns_at(version: int) -> dict[str, set[str]]:
    """What they are in a diary of that version."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript("".join(MIGRATIONS[:version]))
        return _columns(made)


def _check_rows(connection: sqlite3.Connection) -> None:
    """Else a letter or a number that has changed would be learned, and copied every day."""
    connection.text_factory = text_of
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    for table, is_one in IS_ONE.items():
        for row in cursor.execute(f"SELECT * FROM {table}"):  # noqa: S608
            if not is_one(row):
                raise sqlite3.DatabaseError(f"row {row['position']} of its {table} has changed")


def _set_aside(path: Path) -> Path:
    """Move the diary and its log away, under a name not taken yet."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    os.rename(path, aside)
    for suffix in ("-wal", "-shm"):
        log = path.with_name(path.name + suffix)
        if log.exists():
            os.rename(log, aside.with_name(aside.name + suffix))
    os.rename(path.with_name(path.name + SAVED), path)
    path.with_name(path.name + SUSPECT).unlink(missing_ok=True)
    return aside


def _none_yet(path: Path) -> str:
    return f"there is no diary at {path} yet. Start the lamp with: lamp run"


def _full(directory: Path) -> str:
    return f"the disk under {directory} is full. Make room; until then nothing new is learned"


def _read_only(directory: Path) -> str:
    return f"{directory} cannot be written. Make it writable for this user, or set places.state"
