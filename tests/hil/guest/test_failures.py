"""Processes that hang, die or cannot be made to run: systemd looks after them."""

from __future__ import annotations

import pytest

from tests.hil.guest.machine import Guest
from tests.hil.guest.test_installed import FLIP, LONG

OPERATOR_WATCHED = 5.0  # s, WatchdogSec= of the operator
LISTENER_WATCHED = 30.0  # s, of the transcriber
#: Makes the relay's pin one that stays as it is when its holder dies, and says how it is.
KEEP = (
    "sleep 1; p=$(dirname $(readlink /run/relay)); [ $(cat $p/value) = 1 ] && echo pull-up >$p/pull"
    " || echo pull-down >$p/pull; cat $p/value"
)


def pid(guest: Guest, process: str) -> str:
    guest.well(process)
    found = guest.check(f"systemctl show -P MainPID lamp-{process}")
    assert int(found) > 1
    return found


def restarts_after_hanging(guest: Guest, process: str, watched: float) -> float:
    """Seconds from stopping the process (SIGSTOP) until another one is ready."""
    hung = pid(guest, process)
    guest.check(f"kill -STOP {hung}")
    return guest.until(
        f"[ $(systemctl show -P MainPID lamp-{process}) != {hung} ]"
        f" && systemctl is-active -q lamp-{process}",
        watched + 60.0,
    )


def test_an_operator_that_hangs_is_started_again_and_the_relay_stays(guest: Guest) -> None:
    guest.check(FLIP)
    before = guest.check(KEEP)
    took = restarts_after_hanging(guest, "operator", OPERATOR_WATCHED)
    print(f"the operator was back {took:.1f} s after it hung")
    assert guest.check("cat /run/relay") == before
    assert guest.check("systemctl show -P Result lamp-operator") == "success"
    assert "watchdog" in guest.check("journalctl -q -o cat -u lamp-operator").lower()


@pytest.mark.skipif(not LONG, reason="its watchdog waits half a minute: make hil-long")
def test_a_transcriber_that_hangs_is_started_again(guest: Guest) -> None:
    took = restarts_after_hanging(guest, "transcriber", LISTENER_WATCHED)
    print(f"the transcriber was back {took:.1f} s after it hung")


def test_killed_processes_come_back(guest: Guest) -> None:
    for process in ("operator", "recorder", "anticipator", "trainer"):
        dead = pid(guest, process)
        guest.check(f"kill -KILL {dead}")
        guest.until(
            f"[ $(systemctl show -P MainPID lamp-{process}) != {dead} ]"
            f" && systemctl is-active -q lamp-{process}",
            60.0,
        )


def test_when_the_learning_side_cannot_run_it_is_just_a_switch_and_says_so(guest: Guest) -> None:
    guest.check(  # it fails as often as ever, but sooner
        "d=/run/systemd/system/lamp-transcriber.service.d; mkdir -p $d; "
        "printf '[Service]\\nRestartSec=100ms\\nRestartSteps=0\\n' >$d/soon.conf"
    )
    guest.check("(cat /etc/lamp/lamp.yaml; echo 'hearing: {model: nowhere}') >/run/lamp.yaml")
    guest.check("chmod 644 /run/lamp.yaml; mount --bind /run/lamp.yaml /etc/lamp/lamp.yaml")
    try:
        guest.check("systemctl daemon-reload; systemctl reset-failed 'lamp-*'")
        guest.check("systemctl restart lamp-operator", 90.0)
        guest.check("systemctl restart --no-block lamp-learning.target")
        guest.until("systemctl is-active -q lamp-just-a-switch", 180.0)
        guest.until("! systemctl is-active -q lamp-recorder lamp-trainer", 60.0)  # neither of them
        assert "just a switch" in guest.run("lamp status").output
        before = guest.check("cat /run/relay")
        guest.check(FLIP)
        guest.until(f"[ $(cat /run/relay) != {before} ]", 10.0)
    finally:
        guest.check("umount /etc/lamp/lamp.yaml; rm -r /run/systemd/system/lamp-*.d")
        guest.check("systemctl daemon-reload; systemctl reset-failed 'lamp-*'")
    guest.check("systemctl start --no-block lamp-learning.target")
    guest.until("! systemctl is-active -q lamp-just-a-switch")
    guest.well("transcriber", "anticipator")
    assert "just a switch" not in guest.run("lamp status").output
