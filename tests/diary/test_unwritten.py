"""What the disk refuses is kept, in order, and written later; nobody waits for it."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import pytest

from lamp.diary import unwritten
from lamp.diary.exchange import Label
from lamp.diary.reader import FlipEntry
from lamp.diary.unwritten import Entry, Unwritten
from lamp.diary.writer import Diary
from lamp.errors import DiaryDamaged, StateError, StateFull
from tests.anticipator.conftest import NOON
from tests.diary.test_diary import LIT, NONE, exchange

INSERT = "INSERT INTO things (name) VALUES (?)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "diary.sqlite"


def flip(number: int) -> FlipEntry:
    return FlipEntry(f"f{number}", "lit", float(number), NOON.isoformat(), "", "")


class Full:
    """A diary on a disk that is full until there is :meth:`room`."""

    def __init__(self, path: Path) -> None:
        self.diary = Diary.open(path)
        (pages,) = self.diary._db.execute("PRAGMA page_count").fetchone()
        self.diary._db.execute(f"PRAGMA max_page_count = {pages}")

    def room(self) -> None:
        self.diary._db.execute("PRAGMA max_page_count = 1000000")


def test_ten_lessons_on_a_full_disk_are_there_once_there_is_room(path: Path) -> None:
    """They were acknowledged and forgotten, and the warning went away with the next good write."""
    full = Full(path)
    for number in range(10):
        long = exchange(number, "x" * 20_000)
        with pytest.raises(StateFull):
            full.diary.write_exchange(long, NOON)
        with pytest.raises(StateFull):
            full.diary.write_flip(flip(number), [(long.id, LIT)])
        with pytest.raises(StateFull):
            full.diary.write_labels([(long.id, NONE)])
    assert full.diary.waiting == 30
    assert "is full" in full.diary.trouble
    assert "Kept until then: 30 entries" in full.diary.trouble
    assert not full.diary.flush()
    full.room()
    assert full.diary.flush()
    assert (full.diary.waiting, full.diary.trouble) == (0, "")
    full.diary.close()
    again = Diary.open(path)
    assert [one.id for one in again.all_exchanges()] == [f"u{number}" for number in range(10)]
    assert [one.id for one in again.flips(99)] == [f"f{number}" for number in range(10)]
    entries = again.labels_after(0)
    assert [(entry.exchange, entry.label) for entry in entries[:2]] == [("u0", LIT), ("u0", NONE)]
    assert len(entries) == 20


def test_a_later_write_brings_what_waits_along_before_itself(path: Path) -> None:
    full = Full(path)
    with pytest.raises(StateFull):
        full.diary.write_exchange(exchange(1, "x" * 20_000), NOON)
    full.room()
    full.diary.write_exchange(exchange(2), NOON)
    assert [one.id for one in full.diary.all_exchanges()] == ["u1", "u2"]


def test_a_flip_that_waits_is_known(path: Path) -> None:
    """Its sender may die and tell it again; it must not teach twice."""
    full = Full(path)
    labels = [("u1", Label("lit", 1.0, "x" * 20_000))]
    with pytest.raises(StateFull):
        full.diary.write_flip(flip(1), labels)
    assert full.diary.knows_flip("f1")
    assert not full.diary.knows_flip("f2")


def test_another_program_that_holds_the_diary_holds_up_no_decision(path: Path) -> None:
    """A backup that held the lock made the lamp wait 11.5 s for one utterance and its flip."""
    diary = Diary.open(path)
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    for number in range(50):
        with pytest.raises(StateError, match="locked"):
            diary.write_exchange(exchange(number), NOON)
    assert time.monotonic() - began < 3.0  # s; 50 times the first attempt were 5 s
    other.rollback()
    until = time.monotonic() + 30
    while not diary.flush():
        assert time.monotonic() < until
        time.sleep(0.05)
    assert diary.counts()["exchanges"] == 50


class Failing:
    """A connection whose n-th use fails, as an ill disk's would."""

    def __init__(self, fails_at: int) -> None:
        self.real = sqlite3.connect(":memory:")
        self.real.execute("CREATE TABLE things (name TEXT NOT NULL)")
        self.left = fails_at

    def _one(self) -> None:
        self.left -= 1
        if self.left == 0:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    def execute(self, *arguments: object) -> sqlite3.Cursor:
        self._one()
        return self.real.execute(*arguments)  # type: ignore[arg-type]

    def __enter__(self) -> None:
        self.real.__enter__()

    def __exit__(self, *raised: object) -> None:
        if raised[0] is None:
            try:
                self._one()  # the commit
            except sqlite3.OperationalError:
                self.real.rollback()
                raise
        self.real.__exit__(*raised)  # type: ignore[arg-type]

    def names(self) -> list[str]:
        return [row[0] for row in self.real.execute("SELECT name FROM things")]


@pytest.mark.parametrize("nth", range(1, 25))
def test_whatever_operation_fails_all_is_written_once_and_in_order(nth: int) -> None:
    disk = Failing(nth)
    entries = Unwritten(disk, Path("/state"))  # type: ignore[arg-type]
    for number in range(8):
        with contextlib.suppress(StateError):
            entries.add(Entry(((INSERT, (f"{number}a",)), (INSERT, (f"{number}b",)))))
    until = time.monotonic() + 10
    while not entries.write():
        assert time.monotonic() < until
    assert disk.names() == [f"{number}{which}" for number in range(8) for which in "ab"]


def test_an_entry_that_fits_nowhere_costs_itself_alone(caplog: pytest.LogCaptureFixture) -> None:
    disk = Failing(1)
    entries = Unwritten(disk, Path("/state"))  # type: ignore[arg-type]
    for name in ("a", None, "b"):
        with contextlib.suppress(StateError):
            entries.add(Entry(((INSERT, (name,)),), str(name)))
    assert entries.write()
    assert disk.names() == ["a", "b"]
    assert "entry 'None' does not fit" in caplog.text
    assert entries.trouble == "1 entries could not be kept"


def test_it_is_bounded_and_says_what_is_lost(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(unwritten, "MOST", 5)
    full = Full(path)
    for number in range(8):
        with pytest.raises(StateFull):
            full.diary.write_exchange(exchange(number, "x" * 20_000), NOON)
    assert full.diary.waiting == 5
    assert "3 entries could not be kept" in full.diary.trouble
    full.room()
    assert full.diary.flush()
    assert [one.id for one in full.diary.all_exchanges()] == ["u3", "u4", "u5", "u6", "u7"]


def test_a_diary_that_is_closed_with_something_waiting_says_so(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    full = Full(path)
    with pytest.raises(StateFull):
        full.diary.write_exchange(exchange(1, "x" * 20_000), NOON)
    full.diary.close()
    assert "1 entries of the diary could not be written" in caplog.text


def damaged_under_way(path: Path) -> Diary:
    """A diary that was whole when it was opened, and of which the disk then lost all but a page."""
    with contextlib.closing(Diary.open(path)) as diary:
        for number in range(200):
            diary.write_exchange(exchange(number), NOON)
    diary = Diary.open(path)
    diary._db.execute("PRAGMA shrink_memory")  # as when other work has taken the memory
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"?" * (path.stat().st_size - 4096))
    return diary


def test_a_diary_that_is_damaged_under_way_ends_the_process_and_acknowledges_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    diary = damaged_under_way(path)
    for _ in range(2):
        with pytest.raises(DiaryDamaged, match="is damaged"):
            diary.write_exchange(exchange(1000), NOON)
    with pytest.raises(DiaryDamaged):
        diary.flush()
    assert diary.waiting == 2
    diary.close()
    assert "is damaged" in caplog.text
    assert "2 entries of the diary could not be written" in caplog.text
