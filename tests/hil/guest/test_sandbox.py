"""What a process of the lamp could do if somebody took it over: hardly anything.

All attempts are made by another program under the very settings of the real unit.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from tests.hil.guest.machine import Guest

INTRUDER = Path(__file__).parent / "inside/intruder.py"
PROCESSES = ("operator", "recorder", "transcriber", "anticipator", "trainer")
UNKNOWN_FAMILY = "Address family not supported by protocol"
HEARING = ("recorder", "transcriber")
#: Settings that say how a unit runs rather than what it may do. RuntimeDirectoryPreserve= has to
#: be among the others: without it the end of an attempt would take everybody's mailboxes away.
NOT_SANDBOX = (
    "ExecStart=|Restart|Watchdog|Type=|NotifyAccess|TimeoutSt|CPUSched|CPUWeight|Nice|OOM"
    "|IOSched|MemoryMin"
)


@functools.cache
def attempts(guest: Guest, process: str) -> Any:
    """What inside/intruder.py could do in that sandbox; it is run once for all tests.

    ``process`` "": in none, as root.
    """
    guest.until("[ -s /var/lib/lamp/diary.sqlite ]")  # something to be read and written
    program = guest.put(INTRUDER)
    properties = " ".join(f"-p '{each}'" for each in settings(guest, process))
    said = guest.check(
        f"systemd-run -q --wait --pipe --collect {properties}"
        f" /opt/lamp/current/bin/python -I {program}"
    )
    return json.loads(said)


def settings(guest: Guest, process: str) -> list[str]:
    """What the unit sets about what it may do."""
    if not process:
        return []
    return guest.check(
        f"systemctl cat lamp-{process}.service | sed -n '/^\\[Service\\]/,/^\\[Install\\]/p'"
        f" | grep -E '^[A-Z][A-Za-z]+=' | grep -vE '^({NOT_SANDBOX})'"
    ).splitlines()


def test_the_same_program_can_do_it_all_where_there_is_no_sandbox(guest: Guest) -> None:
    could = attempts(guest, "")
    print(could)
    assert set(could["network"].values()) == {""}
    assert {"/dev/gpiochip0", "/dev/snd/controlC0", "/dev/ubda", "/dev/ttyS0"} <= set(
        could["devices"]
    )
    assert {"/run/lamp", "/var/lib/lamp", "/var/log", "/dev/shm"} <= set(could["writes"])
    assert could["diary"] == ""
    assert len(could["powers"]) == 8


@pytest.mark.parametrize("process", PROCESSES)
def test_no_process_can_reach_a_network(guest: Guest, process: str) -> None:
    refused = dict.fromkeys(("AF_INET", "AF_INET6", "AF_NETLINK"), UNKNOWN_FAMILY)
    assert attempts(guest, process)["network"] == refused


@pytest.mark.parametrize("process", PROCESSES)
def test_only_the_devices_it_needs_can_be_opened(guest: Guest, process: str) -> None:
    mine = {"operator": ["/dev/gpiochip0"], "recorder": ["/dev/snd/controlC0"]}
    assert attempts(guest, process)["devices"] == mine.get(process, [])


@pytest.mark.parametrize("process", PROCESSES)
def test_only_its_own_files_can_be_written(guest: Guest, process: str) -> None:
    own = {"/run/lamp", *({} if process in HEARING else {"/var/lib/lamp"})}
    written = set(attempts(guest, process)["writes"])
    assert own <= written <= own | {"/dev/shm"}  # shared memory is gone with the machine


@pytest.mark.parametrize("process", PROCESSES)
def test_who_hears_cannot_read_what_was_said_before(guest: Guest, process: str) -> None:
    why_not = "No such file or directory" if process in HEARING else ""
    assert attempts(guest, process)["diary"] == why_not


@pytest.mark.parametrize("process", PROCESSES)
def test_no_power_over_the_machine(guest: Guest, process: str) -> None:
    assert attempts(guest, process)["powers"] == []
