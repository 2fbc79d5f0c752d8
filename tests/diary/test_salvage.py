"""One damaged byte or sector does not erase a home."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lamp.diary import schema
from lamp.diary.daily_copy import DailyCopy
from lamp.diary.schema import keep_copy, suspect
from lamp.diary.writer import Diary
from lamp.errors import DiaryDamaged
from tests.diary.damage import LABELS, damage, make_diary, start_on


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_diary(tmp_path_factory.mktemp("whole") / "diary.sqlite")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "diary.sqlite"


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_fault_nothing_that_can_be_read_is_lost(
    whole: bytes, path: Path, seed: int
) -> None:
    _, content = damage(whole, random.Random(seed))
    outcome = start_on(path, content)
    assert outcome.labels >= outcome.readable


def test_a_damaged_first_page_costs_nothing(whole: bytes, path: Path) -> None:
    """It names all others, so SQLite gives nothing; but it is the same in every diary."""
    outcome = start_on(path, bytes(4096) + whole[4096:])
    assert (outcome.readable, outcome.labels) == (0, LABELS)


def test_a_file_that_was_cut_off_keeps_what_is_left_of_it(whole: bytes, path: Path) -> None:
    outcome = start_on(path, whole[: len(whole) * 3 // 4])
    assert outcome.labels > LABELS // 3


def test_one_line_says_what_was_saved(whole: bytes, path: Path) -> None:
    path.write_bytes(bytes(4096) + whole[4096:])
    with pytest.raises(DiaryDamaged, match=r"400 exchanges, 100 flips, 400 labels were saved"):
        Diary.open(path)
    assert path.with_name("diary.sqlite.damaged-1").read_bytes() == bytes(4096) + whole[4096:]
    assert path.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in path.parent.iterdir()} == {path.name, f"{path.name}.damaged-1"}


def test_positions_stay_so_that_a_model_knows_what_it_was_told(whole: bytes, path: Path) -> None:
    path.write_bytes(bytes(4096) + whole[4096:])
    with pytest.raises(DiaryDamaged):
        Diary.open(path)
    with closing(Diary.open(path)) as diary:
        assert diary.position() == LABELS
        diary.go_on_after(1000)
        assert diary.position() == 1000
        diary.go_on_after(5)
        assert diary.position() == 1000


def test_the_nightly_copy_gives_what_the_damaged_one_does_not(whole: bytes, path: Path) -> None:
    path.write_bytes(whole)
    keep_copy(path)
    assert path.with_name("diary.sqlite.copy").stat().st_mode & 0o777 == 0o600
    outcome = start_on(path, whole[: len(whole) // 3])
    assert (outcome.opened, outcome.labels) == (False, LABELS)


def test_a_copy_is_made_while_the_diary_is_written(whole: bytes, path: Path) -> None:
    path.write_bytes(whole)
    with closing(Diary.open(path)) as diary:
        keep_copy(path)
        keep_copy(path)
        assert diary.position() == LABELS
    with closing(Diary.open(path.with_name("diary.sqlite.copy"), read_only=True)) as copy:
        assert copy.counts()["exchanges"] == LABELS


def test_a_power_cut_between_setting_aside_and_going_on_loses_nothing(
    whole: bytes, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(bytes(4096) + whole[4096:])
    really = os.rename

    def cut(source: Path, target: Path) -> None:
        if str(source).endswith(schema.SAVED):
            raise KeyboardInterrupt
        really(source, target)

    monkeypatch.setattr(os, "rename", cut)
    with pytest.raises(KeyboardInterrupt):
        Diary.open(path)
    monkeypatch.undo()
    assert not path.exists()
    with closing(Diary.open(path)) as diary:
        assert diary.counts()["exchanges"] == LABELS


VANDALISM = (
    "UPDATE exchanges SET words = '[0.8,0.1' WHERE id = 'e3'",
    "UPDATE exchanges SET moment = CAST(x'ff22' AS TEXT) WHERE id = 'e4'",
    "UPDATE exchanges SET state_before = 'dirk' WHERE id = 'e5'",
    "UPDATE exchanges SET confidence = 'much' WHERE id = 'e6'",
    "UPDATE labels SET action = 'lid' WHERE exchange = 'e7'",
    "UPDATE labels SET weight = 1e30 WHERE exchange = 'e8'",
    # What only a checksum tells:
    "UPDATE exchanges SET text = 'lumus 9 nox' WHERE id = 'e9'",
    "UPDATE exchanges SET lit = 0.5 WHERE id = 'e10'",
    "UPDATE exchanges SET checksum = checksum + 1 WHERE id = 'e11'",
    "UPDATE labels SET action = 'dark' WHERE exchange = 'e12'",
    "UPDATE flips SET state = 'dark' WHERE id = 'f16'",
)


def vandalise(path: Path) -> None:
    with closing(sqlite3.connect(path)) as vandal:
        for change in VANDALISM:
            assert vandal.execute(change).rowcount == 1
        vandal.commit()


def test_a_row_that_has_changed_costs_itself_alone(whole: bytes, path: Path) -> None:
    """SQLite calls such a file good; the anticipator and the trainer died of it for ever."""
    path.write_bytes(whole)
    vandalise(path)
    with pytest.raises(DiaryDamaged, match=r"393 exchanges, 99 flips, 397 labels .* 11 rows"):
        Diary.open(path)
    with closing(Diary.open(path)) as diary:
        assert len(list(diary.labelled())) == LABELS - 10


def test_rows_that_have_changed_are_taken_from_the_copy(whole: bytes, path: Path) -> None:
    path.write_bytes(whole)
    keep_copy(path)
    vandalise(path)
    with pytest.raises(DiaryDamaged, match=r"400 exchanges, 100 flips, 400 labels"):
        Diary.open(path)
    with closing(Diary.open(path)) as diary:
        restored = {each.id: each for each in diary.labelled()}
        assert restored["e9"].text == "lumos 9 nox"
        assert restored["e12"].label.action == "lit"
        assert diary.flip("f16").state == "lit"


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_rows_of_an_older_lamp_are_given_checksums(path: Path, version: int) -> None:
    old_diary(path, version)
    with closing(Diary.open(path)) as diary:
        (said,) = diary.labelled()
        assert (said.text, said.label.action, diary.flip("f1").state) == ("lumos", "lit", "lit")
    with closing(sqlite3.connect(path)) as vandal:
        vandal.execute("UPDATE exchanges SET text = 'lumus'")
        vandal.commit()
    with pytest.raises(DiaryDamaged, match="row 1 of its exchanges has changed"):
        Diary.open(path)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_damaged_diary_of_an_older_lamp_is_saved(path: Path, version: int) -> None:
    old_diary(path, version)
    path.write_bytes(bytes(4096) + path.read_bytes()[4096:])
    with pytest.raises(DiaryDamaged, match=r"1 exchanges, 1 flips, 1 labels were saved,"):
        Diary.open(path)
    with closing(Diary.open(path)) as diary:
        (said,) = diary.labelled()
        assert said.text == "lumos"


def test_a_power_cut_while_checksums_are_written_leaves_an_older_lamps_diary(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_diary(path, 3)

    def cut(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(schema, "checksum", cut)
    with pytest.raises(KeyboardInterrupt):
        Diary.open(path)
    monkeypatch.undo()
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("PRAGMA user_version").fetchone() == (4,)
    with closing(Diary.open(path)) as diary:
        assert next(diary.labelled()).text == "lumos"


def old_diary(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as old:
        tables = "".join(schema.MIGRATIONS[:version])
        old.executescript(tables + f"PRAGMA user_version = {version};")
        old.execute(
            "INSERT INTO exchanges (position, id, text, confidence, started, ended, wall,"
            " state_before, none, lit, dark, action, reason, stages, level_db) VALUES (1, 'u1',"
            " 'lumos', 0.75, 10, 11, '', 'dark', 0.5, 0.25, 0.25, 'none', 'why', '{}', -20)"
        )
        old.execute(
            "INSERT INTO flips (position, id, state, at, wall, directive, exchange)"
            " VALUES (1, 'f1', 'lit', 13, '', '', 'u1')"
        )
        old.execute("INSERT INTO labels VALUES (1, 'u1', 'lit', 1, 'flip', 'f1')")
        old.commit()


def test_a_row_that_changes_while_it_is_used_is_left_out_and_said_once(
    whole: bytes, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(whole)
    with closing(Diary.open(path)) as diary:
        vandalise(path)
        for _ in range(2):
            labelled = {exchange.id for exchange in diary.labelled()}
        assert len(labelled) == LABELS - 10
        assert len(diary.labels_after(0)) == LABELS - 3
        assert len(list(diary.all_exchanges())) == LABELS - 10
        assert len(diary.flips(1000)) == 99
    assert caplog.text.count("is left out") == 14


@pytest.mark.parametrize(
    "vandalism", ["DROP TABLE labels", "DROP TABLE exchanges", "PRAGMA user_version = 0"]
)
def test_tables_that_are_not_a_diarys_are_set_aside(
    whole: bytes, path: Path, vandalism: str
) -> None:
    path.write_bytes(whole)
    with closing(sqlite3.connect(path)) as vandal:
        vandal.execute(vandalism)
        vandal.commit()
    with pytest.raises(DiaryDamaged, match="tables are not a diary's"):
        Diary.open(path)
    with closing(Diary.open(path)) as diary:
        assert diary.counts()["flips"] == 100


def test_a_copy_is_made_once_a_day_and_nobody_waits_for_it(whole: bytes, path: Path) -> None:
    path.write_bytes(whole)
    copy = path.with_name("diary.sqlite.copy")
    clock = {"now": 0.0, "today": path.stat().st_mtime}
    daily = DailyCopy(path, lambda: clock["now"], lambda: clock["today"])

    def look(now: float, today: float) -> bool:
        """Whether that makes a new copy."""
        before = copy.stat().st_ino if copy.exists() else None
        clock.update(now=now, today=path.stat().st_mtime + today)
        daily.look()
        daily.wait()
        return copy.exists() and copy.stat().st_ino != before

    assert not look(1.0, 1.0)
    assert look(601.0, 601.0)
    os.utime(copy, (clock["today"], clock["today"]))
    assert not look(1300.0, 1300.0)
    assert look(90_000.0, 90_000.0)
    assert look(91_000.0, -1e9)  # a board whose clock began anew


def test_a_copy_that_cannot_be_made_is_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_text("no diary")
    daily = DailyCopy(path, lambda: 1e6)
    daily._next_look = 0.0
    daily.look()
    daily.wait()
    assert "no copy of the diary could be made" in caplog.text


def test_an_index_that_misses_a_label_is_noticed(whole: bytes, path: Path) -> None:
    """A bit changed in it, and 22 labels were gone without a word."""
    path.write_bytes(whole)
    with closing(sqlite3.connect(path)) as diary:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'labels_by_exchange'"
        (root,) = diary.execute(query).fetchone()
    content = bytearray(whole)
    content[root * 4096 - 8] ^= 1  # in the first key of the index
    outcome = start_on(path, bytes(content))
    assert outcome.labels == LABELS


def test_a_diary_that_failed_in_use_is_saved_at_the_next_start(whole: bytes, path: Path) -> None:
    path.write_bytes(whole)
    suspect(path)
    with pytest.raises(DiaryDamaged, match="it failed while it was used"):
        Diary.open(path)
    for _ in range(2):
        with closing(Diary.open(path)) as diary:
            assert diary.counts()["exchanges"] == LABELS


def test_a_check_and_a_rescue_give_signs_of_life(whole: bytes, path: Path) -> None:
    """Of a large diary they take longer than the patience with a process that says nothing."""
    beats: list[None] = []

    def beat() -> None:
        beats.append(None)

    path.write_bytes(whole)
    Diary.open(path, meanwhile=beat).close()
    checking = len(beats)
    assert checking > 0
    path.write_bytes(bytes(4096) + whole[4096:])
    with pytest.raises(DiaryDamaged):
        Diary.open(path, meanwhile=beat)
    assert len(beats) - checking >= LABELS // 500 + 2
    with closing(Diary.open(path)) as diary:
        assert diary.position() == LABELS


def test_an_early_lamps_damaged_diary_is_saved_too(path: Path) -> None:
    """Its rows have fewer columns than those of today."""
    with closing(sqlite3.connect(path)) as early:
        early.executescript(schema.MIGRATIONS[0])
        early.execute("PRAGMA user_version = 1")
        row = "INSERT INTO exchanges VALUES (?, ?, 'lumos', 0.9, 1, 2, '2024', 'dark',"
        row += " 0.2, 0.7, 0.1, 'lit', 'likely', '{}', -20)"
        early.executemany(row, [(number, f"e{number}") for number in range(1, 6)])
        early.execute("UPDATE exchanges SET stages = '{' WHERE id = 'e3'")
        early.commit()
    suspect(path)
    with pytest.raises(DiaryDamaged, match="4 exchanges, 0 flips, 0 labels were saved, 1 rows"):
        Diary.open(path)
    with closing(Diary.open(path)) as diary:
        exchanges = list(diary.all_exchanges())
    assert [exchange.id for exchange in exchanges] == ["e1", "e2", "e4", "e5"]
    assert {exchange.moment for exchange in exchanges} == {None}


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_bit_in_the_version_costs_nothing(whole: bytes, path: Path, version: int) -> None:
    """A diary was taken for an older lamp's, could not be brought up to date, and never opened."""
    path.write_bytes(whole)
    with closing(sqlite3.connect(path)) as vandal:
        vandal.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(DiaryDamaged, match=f"not those of its version, {version}"):
        Diary.open(path)
    with closing(Diary.open(path)) as diary:
        assert len(list(diary.labelled())) == LABELS
