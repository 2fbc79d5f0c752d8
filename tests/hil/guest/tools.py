"""What making a guest needs of the host, and why there may be none."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys

from tests.hil.guest import cache

PACKAGES = {"mmdebstrap": "mmdebstrap", "mkfs.ext4": "e2fsprogs"}  # program: Debian package
MINUTES = 10  # apt may take


@functools.cache
def why_not() -> str:
    """Why no guest can be made here; empty if one can.

    Root on Debian and its like gets what is missing from apt first, as CI on a bare machine does.
    """
    if _missing() and os.geteuid() == 0 and shutil.which("apt-get"):
        with cache.alone("tools"):  # apt refuses a second one of its kind
            _install([PACKAGES[each] for each in _missing()])
    if missing := _missing():
        packages = " ".join(PACKAGES[each] for each in missing)
        return f"{' and '.join(missing)} not installed: sudo apt install {packages}"
    if os.geteuid() != 0:
        return "only root can make a guest, whose files belong to root: sudo make hil"
    if not _may_change_root():
        return "this root may not chroot, and mmdebstrap has to"
    return ""


def _missing() -> list[str]:
    return [program for program in PACKAGES if shutil.which(program) is None]


def _install(packages: list[str]) -> None:
    if not packages:
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["-y", "--no-install-recommends", "install", *packages]):
        done = subprocess.run(
            ["apt-get", "-qq", *words],
            env=quiet,
            stdout=subprocess.DEVNULL,
            timeout=60 * MINUTES,
            check=False,
        )
        if done.returncode:
            return  # it has said why; what is missing still is


def _may_change_root() -> bool:
    return (
        subprocess.run(
            [sys.executable, "-c", "import os; os.chroot('/')"],
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
        == 0
    )
