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
from lamp.mailbox.address import Doorplate, check_peer, knock, peer_user, post_office


def test_the_sockets_of_a_short_directory_lie_in_it(office: Path) -> None:
    assert post_office(office) == office


def test_a_directory_too_long_for_a_socket_gets_a_short_one_of_its_own(tmp_path: Path) -> None:
    long = tmp_path / ("a" * 60) / ("b" * 60)
    other = tmp_path / ("a" * 60) / ("c" * 60)
    assert post_office(long) == post_office(long)
    assert post_office(long) != post_office(other)
    assert len(str(post_office(long) / "transcriber.sock")) <= address.LONGEST_ADDRESS
    plate = Doorplate(long, "operator")
    knock(long, "operator").close()
    plate.close()
    (post_office(long) / "operator.inbox").unlink()
    post_office(long).rmdir()


def test_only_this_user_and_its_group_can_look_into_the_directory(office: Path) -> None:
    plate = Doorplate(office / "new", "operator")
    assert stat.S_IMODE((office / "new").stat().st_mode) == 0o750
    assert stat.S_IMODE((office / "new" / "operator.sock").stat().st_mode) == 0o600
    plate.close()


def test_a_directory_that_others_can_write_is_refused(office: Path) -> None:
    office.chmod(0o777)
    with pytest.raises(MailboxError, match="chmod 750"):
        Doorplate(office, "operator")


def test_a_directory_that_cannot_be_made_is_named(office: Path) -> None:
    (office / "file").write_text("")
    with pytest.raises(MailboxError, match=r"places\.runtime"):
        Doorplate(office / "file" / "below", "operator")


def test_an_inbox_that_cannot_be_opened_is_named(office: Path) -> None:
    (office / "operator.inbox").mkdir()
    with pytest.raises(MailboxError, match="permissions"):
        Doorplate(office, "operator")


def test_an_inbox_whose_socket_cannot_be_made_is_given_back(office: Path) -> None:
    (office / "operator.sock").mkdir()
    with pytest.raises(MailboxError, match="cannot open the inbox"):
        Doorplate(office, "operator")
    (office / "operator.sock").rmdir()
    Doorplate(office, "operator").close()


def test_the_inbox_of_a_living_process_is_in_use(office: Path) -> None:
    plate = Doorplate(office, "operator")
    with pytest.raises(InboxInUse, match="already has the inbox 'operator'"):
        Doorplate(office, "operator")
    Doorplate(office, "trainer").close()
    plate.close()


def test_the_inbox_of_a_killed_process_is_taken_over(office: Path) -> None:
    program = (
        "import sys, os, signal; from pathlib import Path;"
        "from lamp.mailbox.address import Doorplate;"
        "Doorplate(Path(sys.argv[1]), 'operator');"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(office)], check=False)
    assert (office / "operator.sock").exists()  # left behind, and answered by nobody
    with pytest.raises(ConnectionRefusedError):
        knock(office, "operator")
    plate = Doorplate(office, "operator")
    knock(office, "operator").close()
    plate.close()


def test_closing_leaves_no_socket_even_where_the_directory_is_gone(office: Path) -> None:
    plate = Doorplate(office / "gone", "operator")
    for entry in (office / "gone").iterdir():
        entry.unlink()
    (office / "gone").rmdir()
    plate.close()
    plate = Doorplate(office, "operator")
    plate.close()
    assert not (office / "operator.sock").exists()


def test_knocking_where_nobody_ever_was_finds_nothing(office: Path) -> None:
    with pytest.raises(FileNotFoundError):
        knock(office, "operator")


def test_the_kernel_says_who_is_at_the_other_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_user(ours) == os.getuid()
        check_peer(ours)


def test_strangers_are_refused_and_root_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        monkeypatch.setattr(address, "peer_user", lambda line: os.getuid() + 1)
        with pytest.raises(PermissionError, match="may not talk"):
            check_peer(ours)
        monkeypatch.setattr(address, "peer_user", lambda line: 0)
        check_peer(ours)


def test_a_stranger_behind_the_door_is_refused(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate = Doorplate(office, "operator")
    monkeypatch.setattr(address, "peer_user", lambda line: os.getuid() + 1)
    with pytest.raises(PermissionError):
        knock(office, "operator")
    plate.close()


def test_on_macos_the_peer_is_read_from_its_own_structure() -> None:
    class MacSocket:
        def getsockopt(self, level: int, option: int, size: int) -> bytes:
            assert (level, option) == (0, 1)  # SOL_LOCAL, LOCAL_PEERCRED
            return struct.pack("2Ih16I", 0, 501, 1, 20, *[0] * 15)[:size]

    assert peer_user(MacSocket(), "darwin") == 501  # type: ignore[arg-type]
