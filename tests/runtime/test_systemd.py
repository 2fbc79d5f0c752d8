from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lamp.clock import ReplayClock
from lamp.runtime.heartbeat import Heartbeat, read_one
from lamp.runtime.systemd import Systemd


class Manager:
    """systemd's end of the line."""

    def __init__(self, address: str) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(address)
        self.line.setblocking(False)

    def told(self) -> list[str]:
        """What has come since the last look."""
        letters = []
        while True:
            try:
                letters.append(self.line.recv(4096).decode())
            except BlockingIOError:
                return letters


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(str(tmp_path / "notify"))
    yield manager
    manager.line.close()


def heart(tmp_path: Path, systemd: Systemd, now: list[float]) -> Heartbeat:
    clock = ReplayClock(datetime(2026, 1, 1, tzinfo=UTC))
    return Heartbeat(tmp_path, "trainer", clock, lambda: now[0], systemd)


def test_a_process_is_ready_when_it_is_no_longer_starting_and_says_so_once(
    tmp_path: Path, manager: Manager
) -> None:
    now = [10.0]
    heartbeat = heart(tmp_path, Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify")}), now)
    heartbeat.beat(state="starting")
    heartbeat.beat(state="loading", model="potato")
    assert manager.told() == ["WATCHDOG=1\nSTATUS=starting"]
    heartbeat.beat(state="listening")  # at once, though the second is not over
    assert manager.told() == ["READY=1"]
    now[0] += 1.0
    heartbeat.beat()
    assert manager.told() == ["WATCHDOG=1\nSTATUS=listening"]


def test_a_loop_that_hangs_says_nothing_more(tmp_path: Path, manager: Manager) -> None:
    now = [10.0]
    heartbeat = heart(tmp_path, Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify")}), now)
    heartbeat.beat(state="listening")
    manager.told()
    now[0] += 60.0  # and no beat
    assert manager.told() == []


def test_without_systemd_or_with_a_deaf_one_the_heart_beats_all_the_same(tmp_path: Path) -> None:
    for systemd in (Systemd({}), Systemd({"NOTIFY_SOCKET": str(tmp_path / "nobody")})):
        now = [10.0]
        heart(tmp_path, systemd, now).last(state="well")
        now[0] += 5.0
        heart(tmp_path, systemd, now).beat(state="listening")
        health = read_one(tmp_path, "trainer")
        assert health is not None
        assert health.beat == 15.0


@pytest.mark.skipif(not Path("/proc").exists(), reason="names outside the file system are Linux's")
def test_the_socket_may_have_a_name_outside_the_file_system() -> None:
    manager = Manager("\0lamp-test-notify")
    Systemd({"NOTIFY_SOCKET": "@lamp-test-notify"}).ready()
    assert manager.told() == ["READY=1"]
    manager.line.close()
