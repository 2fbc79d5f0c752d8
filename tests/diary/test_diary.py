"""The durable record, on disks that are well and on disks that are not."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamp.diary import conversation, schema
from lamp.diary.exchange import Exchange, Label, Moment
from lamp.diary.reader import DiaryReader, FlipEntry, Tally
from lamp.diary.rows import COLUMNS, checksum
from lamp.diary.schema import disk_errors, migrate, open_diary
from lamp.diary.writer import Diary
from lamp.errors import DiaryDamaged, StateError, StateFull, StateReadOnly
from lamp.language_model import Example
from lamp.soft_text import NOTHING_HEARD, SoftText
from tests.anticipator.conftest import NOON

LIT = Label("lit", 1.0, "flip", "f1")
NONE = Label("none", 1.0, "silence")
MOMENT = '{"pause":2.5,"since_change":30.0,"letters":5,"level_db":-20.0}'


def exchange(number: int, text: str = "lumos") -> Exchange:
    return Exchange(
        id=f"u{number}",
        text=text,
        confidence=0.75,
        started=number * 10.0,
        ended=number * 10.0 + 1,
        state_before="dark",
        probabilities=(0.5, 0.25, 0.25),
        reason="why not",
        stages={"model": 0.125},
        level_db=-20.0,
        words=(0.5, 0.125, 0.375),
        moment=Moment(2.5, 30.0, 5, -20.0),
        soft=SoftText(((("n", 0.9),), (("o", 0.6), ("a", 0.3))), text),
        memory=(0.5, -1.25, -2.0),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "diary.sqlite"


def test_it_tallies_by_hour_and_by_day_what_was_heard_and_done() -> None:
    diary = Diary.in_memory()
    moments = [NOON, NOON + timedelta(minutes=59), NOON + timedelta(hours=1), NOON + timedelta(1)]
    for number, wall in enumerate(moments):
        diary.write_exchange(replace(exchange(number), action="lit" if number else "none"), wall)
    for number, (wall, directive) in enumerate([(NOON, ""), (moments[3], "d1"), (moments[3], "")]):
        flip = FlipEntry(f"f{number}", "dark", 1.0, wall.isoformat(), directive, "")
        diary.write_flip(flip, [])
    noon, day = f"{NOON:%Y-%m-%dT%H}", f"{NOON:%Y-%m-%d}"
    assert diary.tallies("hour", 9)[0] == Tally(noon, 2, 1, 0, 1)
    assert [tally.heard for tally in diary.tallies("hour", 9)] == [2, 1, 1]
    assert diary.tallies("day", 9) == [
        Tally(day, 3, 2, 0, 1),
        Tally(moments[3].isoformat()[:10], 1, 1, 1, 1),
    ]
    assert diary.tallies("day", 1) == diary.tallies("day", 9)[1:]


def test_what_was_written_is_read_back(path: Path) -> None:
    diary = Diary.open(path)
    diary.write_exchange(exchange(1), NOON)
    diary.write_labels([("u1", LIT)])
    diary.close()
    again = Diary.open(path)
    assert again.exchange("u1") == replace(exchange(1), label=LIT)
    assert again.exchange("u2") is None
    assert list(again.all_exchanges()) == list(again.labelled()) == again.last_exchanges(5)
    again.close()


def test_an_exchange_written_twice_is_there_once() -> None:
    diary = Diary.in_memory()
    diary.write_exchange(exchange(1, "first"), NOON)
    diary.write_exchange(exchange(1, "second"), NOON)
    assert [one.text for one in diary.all_exchanges()] == ["first"]


def test_the_last_label_counts_and_the_log_knows_what_it_replaced() -> None:
    diary = Diary.in_memory()
    diary.write_exchange(exchange(1), NOON)
    first = diary.write_labels([("u1", NONE)])
    second = diary.write_labels([("u1", LIT)])
    assert second > first > 0
    assert diary.exchange("u1").label == LIT
    (entry,) = diary.labels_after(first)
    assert (entry.label, entry.replaced, entry.position) == (LIT, NONE, second)
    assert (entry.soft, entry.state_before) == (exchange(1).soft, "dark")
    assert diary.labels_after(0)[0].replaced is None
    assert diary.labels_after(second) == []


def test_a_flip_and_its_labels_come_together() -> None:
    diary = Diary.in_memory()
    diary.write_exchange(exchange(1), NOON)
    flip = FlipEntry("f1", "lit", 14.0, NOON.isoformat(), "", "u1")
    position = diary.write_flip(flip, [("u1", LIT)])
    assert diary.position() == position == 1
    assert diary.knows_flip("f1")
    assert not diary.knows_flip("f2")
    assert diary.flips(3) == [flip]
    assert diary.counts() == {"exchanges": 1, "flips": 1, "labels by flip": 1}


def test_unlabelled_ones_are_found_for_a_restart() -> None:
    diary = Diary.in_memory()
    for number in (1, 2, 3):
        diary.write_exchange(exchange(number), NOON)
    diary.write_labels([("u3", NONE)])
    assert [one.id for one in diary.unlabelled(since=15)] == ["u2"]


def test_background_goes_before_labels_and_what_a_flip_taught_goes_last() -> None:
    diary = Diary.in_memory()
    for number in range(1, 6):
        diary.write_exchange(exchange(number), NOON)
    labels = [("u1", LIT), ("u2", NONE), ("u3", Label("lit", 1.0, "kept"))]
    diary.write_labels(labels)
    assert diary.forget_oldest(9) == 0
    left = []
    for most in (4, 3, 2, 1):
        assert diary.forget_oldest(most) == 1
        left.append([one.id for one in diary.all_exchanges()])
    assert left == [["u1", "u2", "u3", "u5"], ["u1", "u2", "u3"], ["u1", "u3"], ["u1"]]


def test_flips_are_forgotten_too() -> None:
    """They were kept for ever."""
    diary = Diary.in_memory()
    for number in range(9):
        diary.write_flip(FlipEntry(f"f{number}", "lit", 1.0, NOON.isoformat(), "", ""), [])
    diary.forget_oldest(4)
    assert [flip.id for flip in diary.flips(99)] == ["f5", "f6", "f7", "f8"]
    diary.forget_oldest(4)
    assert len(diary.flips(99)) == 4


def test_positions_never_come_again_after_forgetting() -> None:
    diary = Diary.in_memory()
    diary.write_exchange(exchange(1), NOON)
    first = diary.write_labels([("u1", NONE)])
    diary.forget_oldest(0)
    assert diary.position() == first
    diary.write_exchange(exchange(2), NOON)
    assert diary.write_labels([("u2", NONE)]) == first + 1


def test_every_commit_reaches_the_disk(path: Path) -> None:
    diary = Diary.open(path)
    (journal,) = diary._db.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = diary._db.execute("PRAGMA synchronous").fetchone()
    diary.close()
    assert (journal, synchronous) == ("wal", 2)


@pytest.mark.parametrize("damage", ["not a diary at all" * 100, "torn pages"])
def test_a_damaged_diary_is_set_aside_and_a_new_one_begun(path: Path, damage: str) -> None:
    if damage == "torn pages":
        diary = Diary.open(path)
        for number in range(500):
            diary.write_exchange(exchange(number, "x" * 100), NOON)
        diary.close()
        content = bytearray(path.read_bytes())
        content[4096 : len(content) - 4096] = b"\xff" * (len(content) - 8192)
        path.write_bytes(bytes(content))
    else:
        path.write_text(damage)
    before = path.read_bytes()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).write_bytes(b"")
    with pytest.raises(DiaryDamaged, match=r"set aside as .*diary\.sqlite\.damaged-1"):
        Diary.open(path)
    assert path.with_name("diary.sqlite.damaged-1").read_bytes() == before
    fresh = Diary.open(path)
    assert list(fresh.all_exchanges()) == []
    fresh.close()


def test_a_second_damaged_diary_does_not_overwrite_the_first(path: Path) -> None:
    for text in ("first" * 100, "second" * 100):
        path.write_text(text)
        with pytest.raises(DiaryDamaged):
            Diary.open(path)
    assert path.with_name("diary.sqlite.damaged-1").read_text().startswith("first")
    assert path.with_name("diary.sqlite.damaged-2").read_text().startswith("second")


def test_a_diary_of_a_newer_lamp_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StateError, match="newer version"):
        Diary.open(path)
    assert path.exists()


def test_reading_needs_a_diary(path: Path) -> None:
    with pytest.raises(StateError, match="no diary at"):
        Diary.open(path, read_only=True)


def test_readers_see_what_the_writer_wrote_and_cannot_write(path: Path) -> None:
    writer = Diary.open(path)
    reader = Diary.open(path, read_only=True)
    writer.write_exchange(exchange(1), NOON)
    assert reader.exchange("u1") is not None
    with pytest.raises(StateReadOnly):
        reader.write_labels([("u1", NONE)])
    reader.close()
    writer.close()


def test_it_is_read_where_nothing_may_be_written(folder_of_a_mere_user: Path) -> None:
    path = folder_of_a_mere_user / "diary.sqlite"
    diary = Diary.open(path)
    diary.write_exchange(exchange(1), NOON)
    folder_of_a_mere_user.chmod(0o500)
    with closing(open_diary(path, read_only=True)) as reader:
        seen_while_written = DiaryReader(reader).counts()["exchanges"]
    folder_of_a_mere_user.chmod(0o700)
    diary.close()
    folder_of_a_mere_user.chmod(0o500)
    assert not path.with_name("diary.sqlite-wal").exists()
    assert Diary.open(path, read_only=True).counts()["exchanges"] == seen_while_written == 1


def test_a_read_only_directory_is_told_to_be_one(folder_of_a_mere_user: Path) -> None:
    folder_of_a_mere_user.chmod(0o500)
    with pytest.raises(StateReadOnly, match="Make it writable"):
        Diary.open(folder_of_a_mere_user / "inner" / "diary.sqlite")


def said(text: str, code: int) -> sqlite3.OperationalError:
    """An error as SQLite raises it: the text is for people, and may change."""
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), StateFull),
        (OSError(errno.EROFS, "Read-only file system"), StateReadOnly),
        (said("database or disk is full", sqlite3.SQLITE_FULL), StateFull),
        (said("attempt to write a readonly database", sqlite3.SQLITE_READONLY), StateReadOnly),
        (said("unable to open database file", sqlite3.SQLITE_CANTOPEN), StateReadOnly),
        (said("database is locked", sqlite3.SQLITE_BUSY), StateError),
    ],
)
def test_what_the_disk_says_becomes_one_clear_line(
    tmp_path: Path, error: Exception, expected: type[StateError]
) -> None:
    with pytest.raises(expected, match=str(tmp_path)) as caught, disk_errors(tmp_path):
        raise error
    assert type(caught.value) is expected


def test_a_full_disk_loses_nothing_that_was_stored(path: Path) -> None:
    diary = Diary.open(path)
    diary.write_exchange(exchange(1), NOON)
    (pages,) = diary._db.execute("PRAGMA page_count").fetchone()
    diary._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StateFull, match="Make room"):
        diary.write_exchange(exchange(2, "x" * 100_000), NOON)
    assert diary.exchange("u1") == exchange(1)
    diary.close()


def test_an_error_while_opening_is_not_taken_for_damage(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database is locked")

    Diary.open(path).close()
    monkeypatch.setattr(schema, "check", locked)
    with pytest.raises(StateError, match="locked"):
        Diary.open(path)
    assert path.exists()


def test_a_diary_that_cannot_be_written_is_carried_on_in_memory(path: Path) -> None:
    diary = Diary.open(path)
    diary.write_exchange(exchange(1), NOON)
    diary.close()
    copy = Diary.copy_in_memory(path)
    copy.write_exchange(exchange(2), NOON)
    assert [one.id for one in copy.all_exchanges()] == ["u1", "u2"]
    again = Diary.open(path, read_only=True)
    assert again.exchange("u2") is None
    again.close()


@pytest.mark.parametrize("content", [None, b"not a diary at all" * 100])
def test_where_nothing_can_be_read_memory_starts_empty(path: Path, content: bytes | None) -> None:
    if content is not None:
        path.write_bytes(content)
    assert list(Diary.copy_in_memory(path).all_exchanges()) == []


def test_a_reader_that_comes_while_the_diary_is_being_made_finds_none(tmp_path: Path) -> None:
    owner = sqlite3.connect(tmp_path / "diary.sqlite")
    owner.execute("PRAGMA journal_mode = WAL")
    with pytest.raises(StateError, match="no diary"):
        Diary.open(tmp_path / "diary.sqlite", read_only=True)
    owner.close()


def test_a_diary_whose_pages_do_not_agree_is_damaged(path: Path) -> None:
    diary = Diary.open(path)
    for number in range(300):
        diary.write_exchange(exchange(number), NOON)
    # An index that lost its entries: every page is in order, together they are not.
    diary._db.execute("PRAGMA writable_schema = ON")
    diary._db.execute(
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE"
        " name = 'labels_by_exchange') WHERE name = 'sqlite_autoindex_exchanges_1'"
    )
    diary._db.commit()
    diary.close()
    with pytest.raises(DiaryDamaged, match="set aside"):
        Diary.open(path)


def test_an_older_lamps_diary_is_brought_up_to_date_and_loses_nothing(path: Path) -> None:
    old = sqlite3.connect(path)
    old.executescript(schema.MIGRATIONS[0] + "PRAGMA user_version = 1;")
    old.execute(
        "INSERT INTO exchanges VALUES (1, 'u1', 'lumos', 0.75, 10, 11, '', 'dark',"
        " 0.5, 0.25, 0.25, 'none', 'why not', '{}', -20)"
    )
    old.commit()
    old.close()
    with pytest.raises(StateError, match="lamp run"):
        Diary.open(path, read_only=True)
    diary = Diary.open(path)
    (kept,) = diary.all_exchanges()
    assert (kept.text, kept.words, kept.moment) == ("lumos", (0.5, 0.25, 0.25), None)
    assert (kept.soft, kept.memory) == (SoftText.of_text("lumos"), (0.0, 0.0, 0.0))
    diary.write_labels([("u1", LIT)])
    assert diary.labels_after(0)[0].soft == SoftText.of_text("lumos")
    diary.close()
    Diary.open(path, read_only=True).close()


def test_a_diary_from_before_soft_texts_is_brought_up_to_date(path: Path) -> None:
    old = sqlite3.connect(path)
    old.executescript("".join(schema.MIGRATIONS[:2]) + "PRAGMA user_version = 2;")
    old.execute(
        "INSERT INTO exchanges VALUES (1, 'u1', '', 0, 10, 11, '', 'dark', 0.5, 0.25, 0.25,"
        " 'none', '', '{}', -20, '[0.5,0.125,0.375]', ?)",
        (MOMENT,),
    )
    old.commit()
    old.close()
    diary = Diary.open(path)
    diary.write_exchange(exchange(2), NOON)
    kept, new = diary.all_exchanges()
    assert kept.words == (0.5, 0.125, 0.375)
    assert kept.moment == exchange(2).moment
    assert kept.soft == NOTHING_HEARD
    assert new == exchange(2)
    diary.close()


def test_an_exchange_that_is_not_told_otherwise_is_certain_of_its_text() -> None:
    said = Exchange("u1", "lumos", 0.5, 1.0, 2.0, "dark")
    assert said.soft == SoftText.of_text("lumos")


def test_the_language_model_learns_what_was_heard_and_what_memory_made_of_it() -> None:
    said = replace(exchange(1), label=LIT)
    (example,) = conversation.examples([exchange(2), said])
    assert example == Example(said.soft, 1, 1.0, ("<dark>",), (0.5, -1.25, -2.0))
    of_the_log = conversation.example_of(said.soft, "dark", LIT, said.memory)
    assert of_the_log == conversation.example(said, LIT) == example


@pytest.mark.parametrize(
    "ask",
    [
        lambda diary: diary.exchange("u45"),
        lambda diary: diary.said_before(463.0, 12.0, "u45"),
        lambda diary: diary.flips(12),
        lambda diary: diary.last_exchanges(10),
    ],
    ids=["one exchange", "said before a flip", "the last flips", "the last exchanges"],
)
def test_what_is_asked_in_the_evening_costs_no_more_in_a_long_diary(
    ask: Callable[[Diary], object],
) -> None:
    def work(exchanges: int) -> int:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        connection = sqlite3.connect(":memory:")
        migrate(connection)
        diary = Diary(connection)
        for number in range(exchanges):
            diary.write_exchange(exchange(number), NOON)
            diary.write_labels([(f"u{number}", NONE)])
        connection.set_progress_handler(step, 1)  # called for every instruction of the database
        ask(diary)
        return steps

    assert 0 < work(600) < 1.2 * work(150)


def test_an_exchange_is_one_object_as_long_as_it_is_held(path: Path) -> None:
    diary = Diary.open(path)
    held = exchange(1)
    diary.write_exchange(held, NOON)
    diary.write_exchange(exchange(1), NOON)  # a second time changes nothing
    assert diary.exchange("u1") is held
    diary.write_labels([("u1", LIT)])
    (labelled,) = diary.labelled()
    assert labelled is held
    assert held.label == LIT
    del held, labelled
    assert len(diary._held) == 0
    assert next(diary.all_exchanges()) is next(diary.all_exchanges())


def test_a_label_in_hand_outlives_a_disk_that_refuses_it(path: Path) -> None:
    diary = Diary.open(path)
    held = exchange(1)
    diary.write_exchange(held, NOON)
    diary.write_labels([("u1", NONE)])
    held.label = LIT
    assert diary.exchange("u1").label == LIT


@pytest.mark.parametrize("read_only", [True, False])
def test_damage_found_while_reading_is_a_state_error(path: Path, read_only: bool) -> None:
    Diary.open(path).close()
    diary = Diary.open(path, read_only)
    diary._db.close()
    diary._db = Malformed()
    with pytest.raises(DiaryDamaged, match="is damaged"):
        diary.last_exchanges(1)


class Malformed:
    """A connection to a file whose pages have gone bad."""

    def execute(self, *_: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
numbers = st.one_of(st.floats(allow_nan=False), st.integers(-(2**53), 2**53))


@settings(max_examples=40)
@given(texts, texts, numbers, numbers)
def test_a_checksum_is_the_same_once_sqlite_has_stored_what_it_is_of(
    text: str, reason: str, one: float, other: float
) -> None:
    """If not, the lamp would take its own rows for damaged."""
    diary = Diary.in_memory()
    said = replace(exchange(1), text=text, reason=reason, level_db=one, confidence=other)
    diary.write_exchange(said, NOON)
    diary.write_flip(FlipEntry("f1", "lit", one, reason, text, "u1"), [("u1", LIT)])
    row = diary._one("SELECT * FROM exchanges")
    assert row["checksum"] == checksum(row[name] for name in COLUMNS["exchanges"])
    assert diary.flip("f1").directive == text
    assert diary.labels_after(0)[0].label == LIT
    diary.close()


@pytest.mark.parametrize(
    "ask",
    [
        lambda diary: list(diary.labelled_as_taught()),
        lambda diary: list(diary.labelled()),
        lambda diary: list(diary.labelled_by(("flip",))),
        lambda diary: diary.labels_after(0),
        lambda diary: diary.last_exchanges(5),
        lambda diary: diary.flips(5),
    ],
)
def test_no_question_makes_sqlite_sort_words_in_a_temporary_file(
    ask: Callable[[Diary], object],
) -> None:
    """That may lie on a disk, and words are in the diary only; a long one needs memory for it."""
    diary = Diary.in_memory()
    asked: list[str] = []
    diary._db.set_trace_callback(asked.append)
    ask(diary)
    diary._db.set_trace_callback(None)
    assert asked
    for query in asked:
        plan = " ".join(row["detail"] for row in diary._db.execute(f"EXPLAIN QUERY PLAN {query}"))
        assert "TEMP B-TREE" not in plan
    diary.close()
