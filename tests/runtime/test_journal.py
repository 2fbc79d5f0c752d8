"""What is owed survives a kill at any instant; a bad byte or disk costs no more than itself."""

from __future__ import annotations

import errno
import os

import pytest

from lamp.runtime import journal as journal_module
from lamp.runtime.journal import Journal
from lamp.runtime.journal_file import JournalFile, memory_backed


def entry(number):
    return {"id": f"f{number}", "at": number / 7}


def names(journal):
    return [each["id"] for each in journal.owed]


def test_a_successor_finds_what_was_not_struck_out(tmp_path):
    first = Journal(tmp_path / "memory", tmp_path / "disk")
    for number in range(3):
        first.add(entry(number))
    first.save()
    first.strike_out("f1")  # and then it is killed: nothing is closed
    second = Journal(tmp_path / "memory", tmp_path / "disk")
    assert set(names(second)) >= {"f0", "f2"}
    assert second.owed[0] == entry(0)


def test_a_kill_before_the_disk_was_written_loses_nothing(tmp_path):
    Journal(tmp_path / "memory", tmp_path / "disk").add(entry(1))
    second = Journal(tmp_path / "memory", tmp_path / "disk")
    assert names(second) == ["f1"]
    second.save()
    (tmp_path / "memory").unlink()  # a power cut
    assert names(Journal(tmp_path / "memory", tmp_path / "disk")) == ["f1"]


def test_when_nothing_is_owed_the_files_are_empty(tmp_path):
    journal = Journal(tmp_path / "memory", tmp_path / "disk")
    journal.add(entry(1))
    journal.save()
    journal.add(entry(2))
    journal.strike_out("f1")
    assert (tmp_path / "disk").stat().st_size
    journal.strike_out("f2")
    journal.strike_out("f2")
    assert [(tmp_path / name).stat().st_size for name in ("memory", "disk")] == [0, 0]
    assert not names(journal)


def test_what_is_struck_out_before_it_reached_the_disk_is_never_written_there(tmp_path):
    journal = Journal(None, tmp_path / "disk")
    journal.add(entry(1))
    journal.strike_out("f1")
    journal.save()
    assert (tmp_path / "disk").stat().st_size == 0


def test_adding_never_touches_the_disk(tmp_path, monkeypatch):
    journal = Journal(None, tmp_path / "disk")

    def hang(*_):
        raise AssertionError("the switch's thread is at the disk")

    monkeypatch.setattr(os, "write", hang)
    monkeypatch.setattr(os, "fsync", hang)
    journal.add(entry(1))
    assert names(journal) == ["f1"]


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_line_torn_anywhere_costs_itself_and_no_other(tmp_path, cut, caplog):
    file = JournalFile(tmp_path / "journal", durable=False)
    file.add([entry(1), entry(2)])
    file.close()
    os.truncate(tmp_path / "journal", (tmp_path / "journal").stat().st_size - cut)
    successor = Journal(tmp_path / "journal", None)
    successor.add(entry(3))
    third = Journal(tmp_path / "journal", None)
    assert names(third) in (["f1", "f3"], ["f1", "f2", "f3"])
    assert ("f2" in names(third)) == (cut == 1)  # the end of the line alone
    assert third.owed[0] == entry(1)


@pytest.mark.parametrize("place", range(0, 60, 3))
def test_a_damaged_byte_is_noticed(tmp_path, place, caplog):
    file = JournalFile(tmp_path / "journal", durable=False)
    file.add([entry(1), entry(2), entry(3)])
    raw = bytearray((tmp_path / "journal").read_bytes())
    raw[place] ^= 0x15
    (tmp_path / "journal").write_bytes(raw)
    left = Journal(tmp_path / "journal", None).owed
    assert all(each in (entry(1), entry(2), entry(3)) for each in left)
    assert len(left) >= 2 or raw[place - 1 : place + 2].count(b"\n") < 2


def test_a_full_disk_is_said_once_and_written_later(tmp_path, monkeypatch, caplog):
    journal = Journal(tmp_path / "memory", tmp_path / "disk")
    works = os.fsync
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(full))
    for number in range(3):
        journal.add(entry(number))
        journal.save()
    assert [record.getMessage() for record in caplog.records] == [
        "the journal cannot be kept (disk): No space left on device"
    ]
    monkeypatch.setattr(os, "fsync", works)
    journal.save()
    (tmp_path / "memory").unlink()
    assert names(Journal(None, tmp_path / "disk")) == ["f0", "f1", "f2"]


def test_a_short_write_is_a_full_disk(tmp_path, monkeypatch, caplog):
    journal = Journal(None, tmp_path / "disk")
    works = os.write
    monkeypatch.setattr(os, "write", lambda file, block: works(file, block[:9]))
    journal.add(entry(1))
    journal.save()
    assert "cannot be kept (disk)" in caplog.text
    monkeypatch.setattr(os, "write", works)
    journal.save()
    assert names(Journal(None, tmp_path / "disk")) == ["f1"]


def test_files_that_are_taken_away_are_made_anew(tmp_path):
    journal = Journal(tmp_path / "memory", tmp_path / "disk")
    journal.add(entry(1))
    journal.save()
    for name in ("memory", "disk"):
        (tmp_path / name).unlink()
    journal.add(entry(2))
    journal.save()
    assert names(Journal(tmp_path / "memory", None)) == ["f1", "f2"]
    assert names(Journal(None, tmp_path / "disk")) == ["f1", "f2"]


def test_a_file_that_grew_is_written_anew_with_what_is_owed(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "MOST_BYTES", 2000)
    journal = Journal(tmp_path / "memory", tmp_path / "disk")
    journal.add({"id": "first"})
    for number in range(200):
        journal.add(entry(number))
        journal.save()
        journal.strike_out(f"f{number}")
    for name in ("memory", "disk"):
        assert (tmp_path / name).stat().st_size < 2200
        assert "first" in (tmp_path / name).read_text()


@pytest.mark.parametrize("where", ["memory", "disk"])
@pytest.mark.parametrize("operation", ["open", "read"])
def test_a_file_that_could_not_be_used_at_first_is_used_later(
    tmp_path, monkeypatch, caplog, where, operation
):
    """One error while it was opened, and nothing was kept for a whole life; yet it said so."""
    paths = {"memory": None, "disk": None} | {where: tmp_path / "journal"}
    earlier = Journal(**paths)
    earlier.add(entry(1))
    earlier.save()
    earlier.close()

    def ill(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    if operation == "open":
        monkeypatch.setattr(os, "open", ill)
    else:
        monkeypatch.setattr(JournalFile, "read", ill)
    journal = Journal(**paths)
    journal.add(entry(2))
    journal.save()
    assert names(journal) == ["f2"]
    assert not journal.kept
    journal.strike_out("f9")
    monkeypatch.undo()
    journal.save()
    assert journal.kept
    assert names(journal) == ["f1", "f2"]
    assert names(Journal(**paths)) == ["f1", "f2"]
    assert caplog.text.count("cannot be kept") == 1


def test_a_memory_that_is_full_is_not_relied_on(tmp_path, monkeypatch):
    """What it could not be given is not in it, whatever comes after."""
    (tmp_path / "journal").mkdir()
    journal = Journal(tmp_path / "journal", None)
    journal.add(entry(1))
    (tmp_path / "journal").rmdir()
    works = os.write
    monkeypatch.setattr(os, "write", lambda file, block: works(file, block[:9]))
    journal.save()
    assert not journal.kept
    monkeypatch.undo()
    journal.save()
    assert journal.kept
    assert names(Journal(tmp_path / "journal", None)) == ["f1"]


def test_it_is_bounded_and_says_so(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(journal_module, "MOST", 5)
    journal = Journal(tmp_path / "memory", None)
    for number in range(9):
        journal.add(entry(number))
    journal.save()
    journal.save()
    assert len(journal.owed) == 5
    assert caplog.text.count("are owed already") == 1


def test_no_link_is_followed_and_nobody_else_may_read(tmp_path, caplog):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "disk").symlink_to(precious)
    journal = Journal(tmp_path / "memory", tmp_path / "disk")
    journal.add(entry(1))
    journal.save()
    assert precious.read_text() == "mine"
    assert (tmp_path / "memory").stat().st_mode & 0o777 == 0o600
    assert "cannot be kept" in caplog.text


def test_where_memory_is(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n/dev/sdb /run/media ext4 rw 0 0\n"
        "tmpfs /a\\040b tmpfs rw 0 0\ntmpfs /x tmpfs rw 0 0\n/dev/sdc /x ext4 rw 0 0\n"
    )
    places = ["/run/lamp", "/run/media/lamp", "/home", "/a b/c", "/runner", "/x/y"]
    found = {place for place in places if memory_backed(place, mounts)}
    assert found == {"/run/lamp", "/a b/c"}
    assert not memory_backed("/run/lamp", tmp_path / "none")
