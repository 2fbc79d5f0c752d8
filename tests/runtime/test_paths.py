from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lamp.config import Config, Places
from lamp.errors import StateFull, StateInUse, StateReadOnly
from lamp.runtime import paths
from lamp.runtime.paths import lock_state, runtime_directory, state_directory, state_lock

HOME = {"HOME": "/home/me"}


def test_lamp_yaml_decides_where_things_lie() -> None:
    config = Config(places=Places(state="/a/state", runtime="/a/run", models="/a/models"))
    environ = {"STATE_DIRECTORY": "/s", "RUNTIME_DIRECTORY": "/r", "XDG_DATA_HOME": "/d"}
    assert state_directory(config, environ) == Path("/a/state")
    assert runtime_directory(config, environ) == Path("/a/run")
    assert paths.models_directory(config, environ) == Path("/a/models")


def test_systemd_decides_on_a_board() -> None:
    environ = {"STATE_DIRECTORY": "/var/lib/lamp:/other", "RUNTIME_DIRECTORY": "/run/lamp"}
    assert state_directory(Config(), environ) == Path("/var/lib/lamp")
    assert runtime_directory(Config(), environ) == Path("/run/lamp")
    assert paths.models_directory(Config(), environ) == Path("/var/lib/lamp/acoustic-models")


def test_elsewhere_the_home_directory_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert state_directory(Config(), HOME) == Path("/home/me/.local/state/lamp")
    assert paths.models_directory(Config(), HOME) == Path("/home/me/.local/share/lamp/models")
    environ = {"XDG_STATE_HOME": "/xdg/state", "XDG_DATA_HOME": "/xdg/data"}
    assert state_directory(Config(), environ) == Path("/xdg/state/lamp")
    assert paths.models_directory(Config(), environ) == Path("/xdg/data/lamp/models")


@pytest.mark.parametrize("environ", [{}, {"XDG_RUNTIME_DIR": "/run/user/1"}, {"TMPDIR": "/t"}])
def test_lamps_with_different_states_never_share_a_runtime_directory(
    environ: dict[str, str],
) -> None:
    one, other = (Config(places=Places(state=f"/state/{name}")) for name in ("one", "other"))
    assert runtime_directory(one, environ) == runtime_directory(one, environ)
    assert runtime_directory(one, environ) != runtime_directory(other, environ)


def test_two_names_of_one_state_directory_are_one_lamp(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    real, link = (Config(places=Places(state=str(tmp_path / n))) for n in ("real", "link"))
    assert runtime_directory(real, {}) == runtime_directory(link, {})


def test_what_the_supervisor_chose_holds_for_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/xdg/state")
    config = paths.resolved(Config())
    monkeypatch.setenv("XDG_STATE_HOME", "/changed")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/changed")
    assert paths.resolved(config) == config
    assert config.places.state == "/xdg/state/lamp"


def test_a_relative_place_and_a_tilde_become_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert state_directory(Config(places=Places(state="here"))) == Path.cwd() / "here"
    assert state_directory(Config(places=Places(state="~/lamp"))) == Path("/home/me/lamp")


def test_a_role_is_had_by_one_at_a_time(tmp_path: Path) -> None:
    with lock_state(tmp_path, "anticipator"):
        with pytest.raises(StateInUse, match=f"process {os.getpid()}"):
            lock_state(tmp_path, "anticipator")
        lock_state(tmp_path, "operator").close()
    lock_state(tmp_path, "anticipator").close()


def test_the_successor_of_a_killed_process_gets_in_at_once(tmp_path: Path) -> None:
    program = (
        "import sys, os, signal; from pathlib import Path;"
        "from lamp.runtime.paths import lock_state;"
        "lock_state(Path(sys.argv[1]), 'anticipator'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert died.returncode == -signal.SIGKILL
    lock_state(tmp_path, "anticipator").close()


def test_patience_outlasts_one_who_is_just_leaving(tmp_path: Path) -> None:
    leaving = lock_state(tmp_path)
    threading.Timer(0.1, leaving.close).start()
    lock_state(tmp_path, patience=5.0).close()


def test_a_second_lamp_is_not_waited_for_longer_than_patience(tmp_path: Path) -> None:
    with lock_state(tmp_path):
        began = time.monotonic()
        with pytest.raises(StateInUse):
            lock_state(tmp_path, patience=0.1)
        assert 0.1 <= time.monotonic() - began < 1.0


@pytest.mark.parametrize("role", paths.WRITERS)
def test_the_whole_state_is_had_only_when_no_process_of_a_lamp_runs(
    tmp_path: Path, role: str
) -> None:
    config = Config(places=Places(state=str(tmp_path)))
    with lock_state(tmp_path, role), pytest.raises(StateInUse), state_lock(config):
        pass
    with state_lock(config), pytest.raises(StateInUse):
        lock_state(tmp_path, role)
    lock_state(tmp_path, role).close()


def test_no_runtime_directory_has_a_name_in_tmp_that_others_know(tmp_path: Path) -> None:
    for environ in ({}, {"TMPDIR": "/tmp"}, {"XDG_STATE_HOME": "/home/me/.state"}):
        chosen = runtime_directory(Config(), environ)
        assert chosen.is_relative_to(state_directory(Config(), environ))


def test_the_state_directory_is_for_this_user_alone(tmp_path: Path) -> None:
    lock_state(tmp_path / "deep" / "state").close()
    assert (tmp_path / "deep" / "state").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("number", "kind", "says"),
    [
        (errno.ENOSPC, StateFull, "Make room"),
        (errno.EROFS, StateReadOnly, "Make it writable"),
        (errno.EACCES, StateReadOnly, "places.state"),
    ],
)
def test_a_disk_that_refuses_is_explained(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[Exception],
    says: str,
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(kind, match=says):
        lock_state(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(kind, match=says):
        lock_state(tmp_path / "new")


def test_an_existing_lock_holds_on_a_disk_that_became_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_state(tmp_path).close()
    really_open = os.open

    def open_to_read(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return really_open(path, flags, mode)

    monkeypatch.setattr(os, "open", open_to_read)
    with lock_state(tmp_path), pytest.raises(StateInUse):
        lock_state(tmp_path)


def test_every_file_has_its_place() -> None:
    config = Config(places=Places(state="/s"))
    assert paths.diary_path(config) == Path("/s/diary.sqlite")
    assert paths.models_path(config) == Path("/s/models")
    assert paths.operator_state_path(config).parent == Path("/s")
