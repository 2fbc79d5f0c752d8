"""The Debian guest with a lamp in it, installed as docs/install.md says, without a network.

``python -m tests.hil.guest.installed`` makes it ahead of the tests that need it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.hil.guest import cache, tools
from tests.hil.guest.machine import Guest
from tests.hil.machine import kernels

SETTINGS = "pins: {board: le-potato}"  # a guest has no device tree to tell it
INSTALL = "/root/lamp/deploy/install.sh --wheelhouse /root/wheelhouse"


def installed_image() -> Path:
    """The root file system after the documented command; the command's words are in /root/said."""
    base_image, release = cache.base_image(), cache.release()

    def make(new: Path) -> None:
        cache.copy_of(base_image, new)
        with tempfile.TemporaryDirectory(dir=new.parent) as scratch:
            install(new, Path(scratch), release)

    return cache.made("installed", f"{base_image.name[-12:]}-{release.name[-12:]}", make)


def install(root: Path, folder: Path, release: Path) -> None:
    """Bring ``root`` what a stick would, and do as its owner would."""
    disk = cache.empty_disk(folder / "state")
    with Guest(kernels()[0], root, folder / "console", disk, keep=True) as guest:
        guest.check(f"mount -t hostfs -o hostfs={release} none /mnt && cp -r /mnt/. /root")
        guest.check(f"umount /mnt; mkdir -p /etc/lamp; echo '{SETTINGS}' >/etc/lamp/lamp.yaml")
        guest.check(f"set -o pipefail; {INSTALL} 2>&1 | tee /root/said", timeout=300.0)
        guest.off()


if __name__ == "__main__":
    print(tools.why_not() or installed_image())
