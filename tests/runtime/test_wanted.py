"""Which of the optional processes a lamp.yaml wants."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lamp.config import Config, Mqtt, Page
from lamp.runtime.processes import OPTIONAL, PROCESSES, START_ORDER, start_order
from lamp.runtime.wanted import main


def test_a_lamp_is_five_processes_unless_more_are_wanted() -> None:
    assert start_order(Config()) == START_ORDER
    assert start_order(Config(page=Page(enabled=True))) == (*START_ORDER, "page")
    both = Config(page=Page(enabled=True), mqtt=Mqtt(enabled=True, broker="here"))
    assert start_order(both) == (*START_ORDER, *OPTIONAL)
    assert not set(OPTIONAL) & set(PROCESSES)


@pytest.mark.parametrize(
    ("text", "status"),
    [("", 1), ("page: {enabled: no}", 1), ("page: {enabled: yes}", 0), ("page: {enabld: yes}", 1)],
)
def test_systemd_is_told_whether_to_start_one(tmp_path: Path, text: str, status: int) -> None:
    file = tmp_path / "lamp.yaml"
    file.write_text(text)
    assert main("page", str(file)) == status


def test_it_is_a_program(tmp_path: Path) -> None:
    file = tmp_path / "lamp.yaml"
    file.write_text("page: {enabled: yes}")
    command = [sys.executable, "-m", "lamp.runtime.wanted"]
    assert subprocess.run([*command, "page", str(file)], check=False).returncode == 0
    assert subprocess.run([*command, "tea", str(file)], check=False).returncode == 1
