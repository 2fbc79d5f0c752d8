"""An emulated 64-bit ARM machine with UEFI, whose device tree says Le Potato.

Its clock counts instructions: each takes 2 ns, and where there is nothing to do the clock jumps.
That is half an instruction a cycle at 1 GHz, the slowest Cortex-A53 of our boards (Zero 2 W) in
code that waits for its memory. So seconds in it say about what a board would need, they are the
same on any host, and no timeout is missed because the host is busy.
"""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

FIRMWARE = Path("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd")
LONGEST = 3000.0  # s of a boot, on a busy machine
#: (program, package) of all that is used here.
NEEDED = (
    ("qemu-system-aarch64", "qemu-system-arm"),
    (str(FIRMWARE), "qemu-efi-aarch64"),
    ("fdtput", "device-tree-compiler"),
    ("mcopy", "mtools"),
    ("debugfs", "e2fsprogs"),
)
MACHINE = (
    *("qemu-system-aarch64", "-cpu", "cortex-a53", "-smp", "1", "-m", "1024"),
    *("-icount", "shift=1,sleep=off"),
    *("-bios", str(FIRMWARE), "-nic", "none", "-nographic", "-no-reboot", "-monitor", "none"),
)
VIRT = ("-M", "virt,acpi=off")
POTATO = ("libretech,aml-s905x-cc", "amlogic,s905x", "amlogic,meson-gxl", "linux,dummy-virt")


def device_tree(folder: Path) -> Path:
    """The emulated machine's own, with a Le Potato's names at its root."""
    tree = folder / "machine.dtb"
    dump = [*MACHINE, "-M", f"virt,acpi=off,dumpdtb={tree}"]
    subprocess.run(dump, check=True, capture_output=True)
    for name, *values in (("compatible", *POTATO), ("model", "Libre Computer AML-S905X-CC")):
        subprocess.run(["fdtput", "-t", "s", tree, "/", name, *values], check=True)
    return tree


class Emulator:
    """A running machine, and its console.

    Args:
        card: the image in it; what it writes is written there.
        folder: for the console's log and the device tree.
    """

    def __init__(self, card: Path, folder: Path) -> None:
        self._console = folder / "console"
        with self._console.open("wb") as output:
            self._machine = subprocess.Popen(
                [
                    *(*MACHINE, *VIRT, "-dtb", device_tree(folder)),
                    *("-drive", f"if=virtio,format=raw,cache=writethrough,file={card}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        """All of the console, without colours."""
        said = self._console.read_text(errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said)

    def until(self, words: str) -> None:
        """Wait until it has said ``words``."""
        until = time.monotonic() + LONGEST
        while words not in self.said():
            assert time.monotonic() < until, f"no {words!r} in:\n{self.said()[-3000:]}"
            assert self._machine.poll() is None, f"it ended:\n{self.said()[-3000:]}"
            time.sleep(0.5)

    def pull_the_plug(self) -> None:
        """At once."""
        self._machine.kill()
        self._machine.wait()
