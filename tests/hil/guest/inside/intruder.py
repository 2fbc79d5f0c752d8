"""In the guest, in the sandbox of one process of the lamp: what could somebody do who took it over?

Run by the lamp's own interpreter under the unit's own settings. Prints one JSON object: for each
kind of attempt, what succeeded, and for some why the rest did not.
"""

import ctypes
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

FAMILIES = ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET")
DEVICES = ("/dev/gpiochip0", "/dev/snd/controlC0", "/dev/ubda", "/dev/mem", "/dev/ttyS0")
DIRECTORIES = ("/etc/lamp", "/opt/lamp/current", "/var/lib/lamp", "/run/lamp", "/home", "/root",
               "/var/log", "/usr", "/dev/shm")  # fmt: skip
DIARY = Path("/var/lib/lamp/diary.sqlite")
LIBC = ctypes.CDLL(None, use_errno=True)
CALLS: dict[str, Callable[[], int]] = {
    "mount": lambda: LIBC.mount(b"none", b"/mnt", b"tmpfs", 0, None),
    "reboot": lambda: LIBC.reboot(0x01234567),
    "namespace": lambda: LIBC.unshare(0x10000000),
    "debugger": lambda: LIBC.ptrace(16, 1, None, None),
    "clock": lambda: LIBC.clock_settime(0, (ctypes.c_long * 2)(1, 0)),
    "kernel module": lambda: LIBC.syscall(313, 0, b"", 0),
}


def why_not(attempt: Callable[[], object]) -> str:
    """The system's words; "" if it could be done."""
    try:
        attempt()
    except OSError as error:
        return str(error.strerror)
    return ""


def connect(family: str) -> None:
    kind = socket.SOCK_RAW if family == "AF_PACKET" else socket.SOCK_DGRAM
    socket.socket(getattr(socket, family), kind).close()


def powers() -> list[str]:
    done = [name for name, call in CALLS.items() if call() == 0]
    if not why_not(lambda: open("/proc/kmsg").close()):
        done.append("tracing")
    if not why_not(lambda: os.setuid(0)):
        done.append("root")
    return done


def main() -> None:
    found = {
        "network": {family: why_not(lambda family=family: connect(family)) for family in FAMILIES},
        "devices": [
            path for path in DEVICES if not why_not(lambda path=path: os.open(path, os.O_RDWR))
        ],
        "writes": [
            place
            for place in DIRECTORIES
            if not why_not(lambda place=place: Path(place, "attempt").write_text("x"))
        ],
        "diary": why_not(DIARY.read_bytes),
    }
    print(json.dumps({**found, "powers": powers()}))  # last, for they may end the program


main()
