"""A file is what it was or what it shall be, whenever it is looked at."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from lamp.runtime.files import write_whole


@pytest.mark.parametrize("content", ["lit\n", b"lit\n"])
@pytest.mark.parametrize("durable", [True, False])
def test_it_is_written_with_its_directory(
    tmp_path: Path, content: str | bytes, durable: bool
) -> None:
    path = tmp_path / "new" / "file"
    write_whole(path, content, durable=durable)
    assert path.read_bytes() == b"lit\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "file"
    write_whole(path, "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_need_not_outlive_a_power_cut_is_not_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    write_whole(tmp_path / "file", "lit", durable=False)
    assert flushed == []
    write_whole(tmp_path / "file", "lit")
    assert len(flushed) == 2  # the file, and its name in the directory
