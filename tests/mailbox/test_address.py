from __future__ import annotations

import os
import socket
import stat
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from lamp.errors import InboxInUse, MailboxError
from lamp.mailbox import address
from lamp.mailbox.address import Listener, check_peer, connect, peer_user


@pytest.mark.skipif(sys.platform != "linux", reason="it takes /proc")
def test_a_directory_too_long_for_a_socket_is_used_all_the_same(tmp_path: Path) -> None:
    long = tmp_path / ("a" * 60) / ("b" * 60)
    plate = Listener(long, "operator")
    assert stat.S_ISSOCK((long / "operator.sock").stat().st_mode)
    connect(long, "operator").close()
    plate.close()
    with pytest.raises(OSError, match="No such file"):
        connect(long / "not-there", "operator")


def test_where_such_a_directory_cannot_be_used_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "OPEN_FILES", tmp_path / "none")
    with pytest.raises(MailboxError, match=r"too long\. Free some .* or choose another"):
        Listener(tmp_path / ("a" * 60) / ("b" * 60), "operator")


def test_only_this_user_can_look_into_the_directory(sockets: Path) -> None:
    plate = Listener(sockets / "new", "operator")
    assert stat.S_IMODE((sockets / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((sockets / "new" / "operator.sock").stat().st_mode) == 0o600
    plate.close()


def test_a_directory_that_others_can_write_is_refused(sockets: Path) -> None:
    sockets.chmod(0o777)
    with pytest.raises(MailboxError, match="chmod 700"):
        Listener(sockets, "operator")


def test_a_directory_that_cannot_be_made_is_named(sockets: Path) -> None:
    (sockets / "file").write_text("")
    with pytest.raises(MailboxError, match=r"places\.runtime"):
        Listener(sockets / "file" / "below", "operator")


def test_an_inbox_that_cannot_be_opened_is_named(sockets: Path) -> None:
    (sockets / "operator.inbox").mkdir()
    with pytest.raises(MailboxError, match="permissions"):
        Listener(sockets, "operator")


def test_an_inbox_whose_socket_cannot_be_made_is_given_back(sockets: Path) -> None:
    (sockets / "operator.sock").mkdir()
    with pytest.raises(MailboxError, match="cannot open the inbox"):
        Listener(sockets, "operator")
    (sockets / "operator.sock").rmdir()
    Listener(sockets, "operator").close()


def test_the_inbox_of_a_living_process_is_in_use(sockets: Path) -> None:
    plate = Listener(sockets, "operator")
    with pytest.raises(InboxInUse, match="already has the inbox 'operator'"):
        Listener(sockets, "operator")
    Listener(sockets, "trainer").close()
    plate.close()


def test_the_inbox_of_a_killed_process_is_taken_over(sockets: Path) -> None:
    program = (
        "import sys, os, signal; from pathlib import Path;"
        "from lamp.mailbox.address import Listener;"
        "Listener(Path(sys.argv[1]), 'operator');"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(sockets)], check=False)
    assert (sockets / "operator.sock").exists()  # left behind, and answered by nobody
    with pytest.raises(ConnectionRefusedError):
        connect(sockets, "operator")
    plate = Listener(sockets, "operator")
    connect(sockets, "operator").close()
    plate.close()


def test_closing_leaves_no_socket_even_where_the_directory_is_gone(sockets: Path) -> None:
    plate = Listener(sockets / "gone", "operator")
    for entry in (sockets / "gone").iterdir():
        entry.unlink()
    (sockets / "gone").rmdir()
    plate.close()
    plate = Listener(sockets, "operator")
    plate.close()
    assert not (sockets / "operator.sock").exists()


def test_knocking_where_nobody_ever_was_finds_nothing(sockets: Path) -> None:
    with pytest.raises(FileNotFoundError):
        connect(sockets, "operator")


def test_the_kernel_says_who_is_at_the_other_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_user(ours) == os.getuid()
        check_peer(ours)


def test_strangers_are_refused_and_root_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        monkeypatch.setattr(address, "peer_user", lambda connection: os.getuid() + 1)
        with pytest.raises(PermissionError, match="may not talk"):
            check_peer(ours)
        monkeypatch.setattr(address, "peer_user", lambda connection: 0)
        check_peer(ours)


def test_a_stranger_behind_the_door_is_refused(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate = Listener(sockets, "operator")
    monkeypatch.setattr(address, "peer_user", lambda connection: os.getuid() + 1)
    with pytest.raises(PermissionError):
        connect(sockets, "operator")
    plate.close()


def test_on_macos_the_peer_is_read_from_its_own_structure() -> None:
    class MacSocket:
        def getsockopt(self, level: int, option: int, size: int) -> bytes:
            assert (level, option) == (0, 1)  # SOL_LOCAL, LOCAL_PEERCRED
            return struct.pack("2Ih16I", 0, 501, 1, 20, *[0] * 15)[:size]

    assert peer_user(MacSocket(), "darwin") == 501  # type: ignore[arg-type]
