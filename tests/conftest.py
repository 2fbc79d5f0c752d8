from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

NOBODY = 65534
# A busy machine is no fault of the code under test.
settings.register_profile("lamp", deadline=None)
settings.load_profile("lamp")


@pytest.fixture
def folder_of_a_mere_user() -> Iterator[Path]:
    """A folder, and no right to write where it is not allowed, even if root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="lamp-test-"))
    was_root = os.geteuid() == 0
    if was_root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if was_root:
            os.seteuid(0)
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def this_process_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of the lamp protects itself for good, which is not meant for the tests' own."""
    for module in ("lamp.runtime.entry_point", "lamp.cli.main"):
        monkeypatch.setattr(importlib.import_module(module), "protect", lambda **_: None)


@pytest.fixture(autouse=True)
def nobody_is_at_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a lamp keeps where lamp.yaml says nothing is not kept in the home of who tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)


@pytest.fixture(autouse=True)
def diaries_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Closes every diary that a test has opened: Python 3.13 warns of those that are forgotten."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def remembered(*arguments: Any, **settings: Any) -> sqlite3.Connection:
        opened.append(connect(*arguments, **settings))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", remembered)
    yield
    for connection in opened:
        with contextlib.suppress(sqlite3.ProgrammingError):  # it belongs to another thread
            connection.close()
