"""In the guest, in the sandbox of one process of the lamp: what could somebody do who took it over?

Run by the lamp's own interpreter under the unit's own settings. Prints one JSON object: for each
kind of attempt, what succeeded, and for some why the rest did not.
"""

import ctypes
import errno
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

FAMILIES = ("AF_INET", "AF_INET6", "AF_NETLINK")
DEVICES = ("/dev/gpiochip0", "/dev/snd/controlC0", "/dev/ubda", "/dev/mem", "/dev/ttyS0")
DIRECTORIES = ("/etc/lamp", "/opt/lamp/current", "/var/lib/lamp", "/run/lamp", "/home", "/root",
               "/var/log", "/usr", "/dev/shm")  # fmt: skip
DIARY = Path("/var/lib/lamp/diary.sqlite")
LIBC = ctypes.CDLL(None, use_errno=True)
CAD_OFF, NEW_USER, SEIZE, FINIT_MODULE = 0, 0x10000000, 0x4206, 313
#: None of them does harm where it succeeds.
CALLS: dict[str, Callable[[], int]] = {
    "mount": lambda: LIBC.mount(b"none", b"/mnt", b"tmpfs", 0, None),
    "reboot": lambda: LIBC.reboot(CAD_OFF),
    "debugger": lambda: LIBC.ptrace(SEIZE, 1, None, None),
    "clock": lambda: LIBC.clock_settime(0, (ctypes.c_long * 2)(int(time.time()), 0)),
    "kernel module": lambda: LIBC.syscall(FINIT_MODULE, -1, b"", 0),
    "namespace": lambda: LIBC.unshare(NEW_USER),
}


def why_not(attempt: Callable[[], object]) -> str:
    """The system's words; "" if it could be done."""
    try:
        attempt()
    except OSError as error:
        return str(error.strerror)
    return ""


def open_socket(family: str) -> None:
    socket.socket(getattr(socket, family), socket.SOCK_DGRAM).close()


def write(file: Path) -> None:
    file.write_text("x")
    file.unlink()  # or another user's attempt would fail for that


def powers() -> list[str]:
    done = [] if why_not(lambda: open("/proc/kmsg").close()) else ["kernel log"]
    done += [] if why_not(lambda: os.setuid(0)) else ["root"]
    # Whatever else is wrong with a call, it was let through.
    return done + [
        name for name, call in CALLS.items() if call() == 0 or ctypes.get_errno() != errno.EPERM
    ]


def main() -> None:
    found = {
        "network": {
            family: why_not(lambda family=family: open_socket(family)) for family in FAMILIES
        },
        "devices": [
            path for path in DEVICES if not why_not(lambda path=path: os.open(path, os.O_RDWR))
        ],
        "writes": [
            place
            for place in DIRECTORIES
            if not why_not(lambda place=place: write(Path(place, "attempt")))
        ],
        "diary": why_not(DIARY.read_bytes),
    }
    print(json.dumps({**found, "powers": powers()}))  # last, for they may end the program


main()
