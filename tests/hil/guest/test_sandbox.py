"""What a process of the lamp could do if somebody took it over: hardly anything.

Each attempt is made by another program under the very settings of the real unit.
"""

from __future__ import annotations

import functools

import pytest

from tests.hil.guest.machine import Guest

PROCESSES = ("operator", "recorder", "transcriber", "anticipator", "trainer")
#: Settings that say how a unit runs rather than what it may do. RuntimeDirectoryPreserve= has to
#: be among the others: without it the end of an attempt would take everybody's mailboxes away.
NOT_SANDBOX = (
    "ExecStart=|Restart|Watchdog|Type=|NotifyAccess|TimeoutSt|CPUSched|CPUWeight|Nice|OOM"
    "|IOSched|MemoryMin"
)


def attempt(guest: Guest, process: str, code: str) -> str:
    """What ``code`` (Python, run by the lamp's own interpreter) printed in that sandbox."""
    guest.check(f"cat >/run/attempt.py <<'EOF'\n{code}\nEOF")
    properties = " ".join(f"-p '{each}'" for each in settings(guest, process))
    return guest.check(
        f"chmod 644 /run/attempt.py; systemd-run -q --wait --pipe --collect {properties}"
        " /opt/lamp/current/bin/python -I /run/attempt.py 2>&1"
    )


@functools.cache
def settings(guest: Guest, process: str) -> list[str]:
    """What the unit sets about what it may do."""
    return guest.check(
        f"systemctl cat lamp-{process}.service | sed -n '/^\\[Service\\]/,/^\\[Install\\]/p'"
        f" | grep -E '^[A-Z][A-Za-z]+=' | grep -vE '^({NOT_SANDBOX})'"
    ).splitlines()


@pytest.mark.parametrize("process", PROCESSES)
def test_no_process_can_reach_a_network(guest: Guest, process: str) -> None:
    code = """
import os, socket
for family in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET"):
    try:
        socket.socket(getattr(socket, family), socket.SOCK_RAW if family == "AF_PACKET"
                      else socket.SOCK_DGRAM)
        print(family, "OPEN")
    except OSError as error:
        print(family, error.strerror)
print(sorted(os.listdir("/sys/class/net")) if os.path.isdir("/sys/class/net") else [])
"""
    said = attempt(guest, process, code)
    assert said.count("Address family not supported by protocol") == 4, said
    assert "OPEN" not in said


@pytest.mark.parametrize("process", PROCESSES)
def test_only_the_devices_it_needs_can_be_opened(guest: Guest, process: str) -> None:
    code = """
import os
for path in ("/dev/gpiochip0", "/dev/snd/controlC0", "/dev/ubda", "/dev/mem", "/dev/ttyS0"):
    try:
        os.close(os.open(path, os.O_RDWR))
        print(path)
    except OSError:
        pass
"""
    mine = {"operator": "/dev/gpiochip0", "recorder": "/dev/snd/controlC0"}
    assert attempt(guest, process, code) == mine.get(process, "")


@pytest.mark.parametrize("process", PROCESSES)
def test_only_its_own_files_can_be_written(guest: Guest, process: str) -> None:
    code = """
for directory in ("/etc/lamp", "/opt/lamp/current", "/var/lib/lamp", "/run/lamp", "/home", "/root",
                  "/var/log", "/usr", "/dev/shm"):
    try:
        with open(directory + "/attempt", "w") as file:
            file.write("x")
        print(directory)
    except OSError:
        pass
"""
    writes = {"recorder": [], "transcriber": []}.get(process, ["/var/lib/lamp"])
    allowed = {*writes, "/run/lamp", "/dev/shm"}  # shared memory is gone with the machine
    assert set(attempt(guest, process, code).split()) <= allowed
    assert {*writes, "/run/lamp"} <= set(attempt(guest, process, code).split())


@pytest.mark.parametrize("process", ["recorder", "transcriber"])
def test_who_hears_cannot_read_what_was_said_before(guest: Guest, process: str) -> None:
    guest.until("[ -s /var/lib/lamp/diary.sqlite ]")
    code = """
try:
    print(open("/var/lib/lamp/diary.sqlite", "rb").read(6))
except OSError as error:
    print(error.strerror)
"""
    assert attempt(guest, process, code) == "No such file or directory"


@pytest.mark.parametrize("process", PROCESSES)
def test_no_power_over_the_machine(guest: Guest, process: str) -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
attempts = {
    "mount": lambda: libc.mount(b"none", b"/mnt", b"tmpfs", 0, None),
    "reboot": lambda: libc.reboot(0x01234567),
    "namespace": lambda: libc.unshare(0x10000000),
    "debugger": lambda: libc.ptrace(16, 1, None, None),
    "clock": lambda: libc.clock_settime(0, (ctypes.c_long * 2)(1, 0)),
    "kernel module": lambda: libc.syscall(313, 0, b"", 0),
}
for name, attempt in attempts.items():
    if attempt() == 0:
        print(name)
for name, attempt in {"root": lambda: os.setuid(0), "tracing": lambda: open("/proc/kmsg")}.items():
    try:
        attempt()
        print(name)
    except OSError:
        pass
"""
    assert attempt(guest, process, code) == ""
