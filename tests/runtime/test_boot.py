"""Which start of the machine this is."""

from __future__ import annotations

from pathlib import Path

from lamp.runtime.boot import this_boot


def test_the_boot_is_known_where_the_system_tells(tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_text("0-1-2\n")
    assert this_boot(tmp_path / "boot_id") == "0-1-2"
    assert this_boot(tmp_path / "nowhere") == ""


def test_a_boot_id_that_is_no_text_is_none(tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_bytes(b"\xff\xfe")
    assert this_boot(tmp_path / "boot_id") == ""
