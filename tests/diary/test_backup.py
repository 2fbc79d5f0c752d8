"""One file that holds all, put back where there is nothing, and where there cannot be anything."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from lamp.diary.backup import back_up, restore
from lamp.diary.daily_copy import DailyCopy
from lamp.diary.rows import COLUMNS
from lamp.diary.schema import MIGRATIONS, migrate
from lamp.diary.writer import Diary
from lamp.errors import StateError
from tests.anticipator.conftest import NOON
from tests.diary.test_diary import exchange


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    with closing(Diary.open(tmp_path / "old" / "diary.sqlite")) as diary:
        diary.write_exchange(exchange(1), NOON)
    back_up(tmp_path / "old" / "diary.sqlite", tmp_path / "backup")
    return tmp_path / "backup"


def test_a_backup_is_put_where_there_was_no_diary(backup: Path, tmp_path: Path) -> None:
    new = tmp_path / "new" / "diary.sqlite"
    erased: list[bool] = []
    assert restore(backup, new, lambda: erased.append(True))["exchanges"] == 1
    assert erased == [True]
    with closing(Diary.open(new)) as diary:
        assert diary.exchange("u1") is not None


def test_a_backup_that_cannot_be_read_changes_nothing(backup: Path, tmp_path: Path) -> None:
    new = tmp_path / "diary.sqlite"
    with pytest.raises(StateError, match="cannot be read"):
        restore(tmp_path / "there is none", new, pytest.fail)
    assert not new.exists()


def test_a_copy_is_not_made_anew_while_one_is_being_made(backup: Path) -> None:
    copy = DailyCopy(backup)
    go_on = threading.Event()
    copy._thread = threading.Thread(target=go_on.wait)
    copy._thread.start()
    assert not copy.forget()
    go_on.set()
    copy._thread.join()
    assert copy.forget() or copy.forget()


def test_while_something_waits_for_the_disk_the_log_of_writes_is_not_emptied(
    tmp_path: Path,
) -> None:
    path = tmp_path / "diary.sqlite"
    with closing(Diary.open(path)) as diary, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StateError):
            diary.write_exchange(exchange(1), NOON)
        assert not diary.scrub()
        other.rollback()
        diary._unwritten._not_before = 0.0
        assert diary.scrub()


def test_a_diary_that_another_holds_is_not_migrated_by_half(tmp_path: Path) -> None:
    path = tmp_path / "diary.sqlite"
    with closing(sqlite3.connect(path)) as first:
        first.executescript(MIGRATIONS[0] + "PRAGMA user_version = 1;")
        first.execute("BEGIN EXCLUSIVE")
        with (
            closing(sqlite3.connect(path, timeout=0)) as second,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            migrate(second)
        first.rollback()
        assert first.execute("PRAGMA user_version").fetchone() == (1,)


@pytest.mark.parametrize(
    ("column", "value"), [("soft", "no soft text"), ("state_before", "dusk")], ids=str
)
def test_a_row_written_wrongly_costs_what_is_wrong_in_it(
    tmp_path: Path, column: str, value: str
) -> None:
    """The checksum is right: whoever wrote it meant it."""
    with closing(Diary.open(tmp_path / "diary.sqlite")) as diary:
        diary.write_exchange(exchange(1), NOON)
        names = diary._db.execute("SELECT * FROM exchanges").fetchone().keys()
        written = ", ".join(name for name in names if name not in ("position", "checksum"))
        diary._db.execute(f"UPDATE exchanges SET {column} = ?", (value,))
        columns = ", ".join(COLUMNS["exchanges"])
        assert set(COLUMNS["exchanges"]) == set(written.split(", "))
        diary._db.execute(f"UPDATE exchanges SET checksum = row_checksum({columns})")
        diary._db.commit()
        found = diary.exchange("u1")
        if column == "soft":
            assert found is not None
            assert found.soft.best == found.text
        else:
            assert found is None
