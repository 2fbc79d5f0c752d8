"""Diaries of which a sector, a bit or the end is gone, and how much of them must come back."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lamp.diary.exchange import Exchange, Label, Moment
from lamp.diary.reader import FlipEntry
from lamp.diary.rows import is_exchange, is_label
from lamp.diary.schema import suspect
from lamp.diary.writer import Diary
from lamp.errors import DiaryDamaged
from tests.anticipator.conftest import NOON

LABELS = 400
SECTOR = 512  # bytes
KINDS = ("zeroed", "random", "bit", "truncated")


def make_diary(path: Path) -> bytes:
    """A diary of 400 labelled exchanges, as its file."""
    diary = Diary.open(path)
    for number in range(LABELS):
        diary.write_exchange(
            Exchange(
                id=f"e{number}",
                text=f"lumos {number} nox",
                confidence=0.8,
                started=number * 60.0,
                ended=number * 60 + 1.0,
                state_before="dark",
                moment=Moment(1.0, 2.0, 5, -20.0),
            ),
            NOON,
        )
        if number % 4:
            diary.write_labels([(f"e{number}", Label("none", 1.0, "silence"))])
        else:
            label = Label("lit", 1.0, "flip", f"f{number}")
            entry = FlipEntry(f"f{number}", "lit", number * 60 + 3.0, "2026", "", f"e{number}")
            diary.write_flip(entry, [(f"e{number}", label)])
    diary._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    diary.close()
    return path.read_bytes()


def damage(whole: bytes, chance: random.Random) -> tuple[str, bytes]:
    """One fault, and what the file is with it."""
    content = bytearray(whole)
    kind = chance.choice(KINDS)
    sector = chance.randrange(len(content) // SECTOR) * SECTOR
    if kind == "zeroed":
        content[sector : sector + SECTOR] = bytes(SECTOR)
    elif kind == "random":
        content[sector : sector + SECTOR] = chance.randbytes(SECTOR)
    elif kind == "bit":
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    else:
        del content[chance.randrange(1, len(content)) :]
    return kind, bytes(content)


@dataclass
class Outcome:
    """What a lamp that starts on a damaged diary knows."""

    opened: bool  # without setting it aside
    labels: int
    readable: int  # labels that SQLite still gives of the file, asked row by row


def start_on(path: Path, content: bytes) -> Outcome:
    """Start on a diary with this content, twice if it has to be set aside; and use it."""
    for other in path.parent.glob(f"{path.name}*"):
        if not other.name.endswith(".copy"):
            other.unlink()
    path.write_bytes(content)
    readable = plain_labels(path)
    opened = True
    try:
        labels = use(path)
    except DiaryDamaged:
        opened = False
        suspect(path)  # as the anticipator does; where it has been set aside, for nothing
        try:
            labels = use(path)
        except DiaryDamaged:
            labels = use(path)
    return Outcome(opened, labels, readable)


def use(path: Path) -> int:
    """What a lamp asks of its diary, and does to it; how many exchanges have a label."""
    with closing(Diary.open(path)) as diary:
        labels = len({exchange.id for exchange in diary.labelled()})
        diary.labels_after(0)
        diary.write_labels([("e1", Label("none", 1.0, "silence"))])
        diary.flips(1000)
        diary.forget_oldest(300)
        assert diary.waiting == 0
    return labels


def plain_labels(path: Path) -> int:
    """Whole exchanges with a whole label that a patient person would get out of the file."""
    beside = path.with_name("patient.sqlite")
    shutil.copyfile(path, beside)
    found = 0
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(beside)) as connection:
        connection.row_factory = sqlite3.Row
        for position in range(1, LABELS + 1):
            with contextlib.suppress(sqlite3.Error):
                rows = [
                    connection.execute(f"SELECT * FROM {table} WHERE position = ?", (position,))
                    for table in ("exchanges", "labels")
                ]
                exchange, label = (each.fetchone() for each in rows)
                if exchange and label and is_exchange(exchange) and is_label(label):
                    found += exchange["id"] == label["exchange"]
    for rest in path.parent.glob("patient.sqlite*"):
        rest.unlink()
    return found
