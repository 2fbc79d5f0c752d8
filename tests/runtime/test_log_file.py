from __future__ import annotations

from pathlib import Path

from lamp.runtime.log_file import rotate


def test_a_log_stays_within_twice_its_size_and_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "lamp.log"
    with path.open("ab", buffering=0) as one, path.open("ab", buffering=0) as other:
        for number in range(1000):
            (one, other)[number % 2].write(b"line %d\n" % number)
            rotate(path, largest=500)
            assert sum(each.stat().st_size for each in tmp_path.iterdir()) <= 1020
    earlier = (tmp_path / "lamp.log.1").read_text()
    lines = (earlier + path.read_text()).splitlines()
    assert lines[1:] == [f"line {number}" for number in range(1001 - len(lines), 1000)]
    assert len(lines) > 50


def test_a_short_log_and_one_that_is_not_there_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "lamp.log"
    rotate(path)
    path.write_text("one line\n")
    rotate(path)
    assert path.read_text() == "one line\n"
    assert [each.name for each in tmp_path.iterdir()] == ["lamp.log"]


def test_what_cannot_be_kept_is_not_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "lamp.log"
    path.write_text("a line\n" * 9)
    (tmp_path / "lamp.log.1").mkdir()
    rotate(path, largest=10)
    assert path.read_text() == "a line\n" * 9
