"""What deploy/install.sh says on a machine that cannot be a lamp. It must not get any further."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
GOOD = {"id": "echo 0", "uname": "echo aarch64", "getconf": "echo 64", "systemctl": "exit 0"}
#: More than a pipe holds, with the one that is looked for at the beginning.
MANY_LIBRARIES = "echo libportaudio.so.2; for n in $(seq 9999); do echo /lib/libother.so.$n; done"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the boards run Linux")


def install(tmp_path: Path, *arguments: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """The script on a made-up machine whose programs print what the test wants."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, does in (GOOD | programs).items():
        if not does:
            continue  # this machine does not have it
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)
    for name in (
        "bash",
        "dirname",
        "basename",
        "sed",
        "mkdir",
        "tail",
        "tr",
        "readlink",
        "grep",
        "seq",
    ):
        if not (tools / name).exists():
            (tools / name).symlink_to(Path("/bin") / name)
    script = (DEPLOY / "install.sh").read_text().replace("home=/opt/lamp", f"home={tmp_path}/lamp")
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/install.sh").write_text(script)
    return subprocess.run(
        ["/bin/bash", str(tmp_path / "deploy/install.sh"), *arguments],
        env={"PATH": str(tools)},
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_not_root(tmp_path: Path) -> None:
    assert "as root. Do: sudo" in refusal(install(tmp_path, id="echo 1000"))


@pytest.mark.parametrize(
    ("machine", "bits"), [("armv7l", "32"), ("aarch64", "32"), ("riscv64", "64")]
)
def test_not_a_64_bit_system(tmp_path: Path, machine: str, bits: str) -> None:
    done = install(tmp_path, uname=f"echo {machine}", getconf=f"echo {bits}")
    assert "Install the 64-bit Raspberry Pi OS" in refusal(done)


def test_no_systemd(tmp_path: Path) -> None:
    assert "this system has no systemd" in refusal(install(tmp_path, systemctl=""))


def test_no_room(tmp_path: Path) -> None:
    done = install(tmp_path, "--no-start", df='printf "Avail\\n 93\\n"')
    assert "only 93 MB are free" in refusal(done)


def test_python_too_old(tmp_path: Path) -> None:
    python = 'case "$*" in --version) echo Python 3.9.2;; *version_info*) exit 1;; esac'
    done = install(
        tmp_path,
        "--no-start",
        df='printf "Avail\\n 9999\\n"',
        python3=python,
        ldconfig=MANY_LIBRARIES,
    )
    assert "Python 3.9.2 is too old, 3.11 is needed" in refusal(done)


def test_packages_missing_and_apt_cannot_help(tmp_path: Path) -> None:
    done = install(
        tmp_path,
        "--no-start",
        df='printf "Avail\\n 9999\\n"',
        python3="exit 0",
        ldconfig="exit 0",
        grep="exit 1",
        **{"apt-get": "exit 100"},
    )
    assert done.returncode == 1
    assert "missing and apt cannot get them: libportaudio2" in done.stderr


def test_nothing_to_roll_back_to(tmp_path: Path) -> None:
    assert "there is no earlier version" in refusal(install(tmp_path, "--no-start", "rollback"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--wheelhouse", "/nowhere"], "wants a directory of wheels"),
        (["--erase"], "belongs to uninstall"),
        (["--hlep"], "unknown argument --hlep"),
    ],
)
def test_arguments_that_mean_nothing(tmp_path: Path, arguments: list[str], says: str) -> None:
    assert says in refusal(install(tmp_path, *arguments))


def test_the_settings_that_are_installed_are_good() -> None:
    from lamp.config import load

    assert load(DEPLOY / "lamp.yaml").pins.relay == 36


def test_the_help_names_every_verb(tmp_path: Path) -> None:
    done = install(tmp_path, "--help")
    assert done.returncode == 0
    for verb in ("--wheelhouse", "rollback", "uninstall --erase", "--no-start"):
        assert verb in done.stdout
