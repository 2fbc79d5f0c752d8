"""The units as systemd reads them: well formed, sandboxed, and the switch above all."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lamp.config import Page
from lamp.runtime.processes import HUNG_AFTER, PROCESSES

UNITS = Path(__file__).parents[2] / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
#: Settings that systemd learnt after the oldest version we run on (252); it skips them there.
NEWER = ("RestartSteps", "RestartMaxDelaySec", "RestartMode")

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root directory with the units installed in it, and what they start."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(UNITS, root / "etc/systemd/system")
    for program in ("opt/lamp/current/bin/python", "usr/bin/touch", "usr/bin/rm"):
        path = root / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    for target in ("basic", "multi-user", "sysinit", "shutdown", "local-fs"):
        (root / f"etc/systemd/system/{target}.target").write_text("[Unit]\nDescription=stand-in\n")
    return root


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


#: The only services with a network, and what each may do there.
NETWORKED: dict[str, dict[str, list[str]]] = {
    "lamp-page.service": {"SocketBindDeny": ["any"], "SocketBindAllow": ["tcp:8080"]},
    "lamp-mqtt.service": {"SocketBindDeny": ["any"]},
}


def settings(name: str) -> dict[str, list[str]]:
    """What is set in the unit and in what all of them share, last one last, as systemd reads it."""
    found: dict[str, list[str]] = {}
    drop_ins = [*UNITS.glob("lamp-.service.d/*.conf"), *UNITS.glob(f"{name}.d/*.conf")]
    for path in (UNITS / name, *sorted(drop_ins, key=lambda path: path.name)):
        for line in path.read_text().splitlines():
            if re.match(r"\w+=", line):
                key, _, value = line.partition("=")
                found.setdefault(key, []).append(value)
    return found


@needs_systemd
@pytest.mark.parametrize("service", SERVICES)
def test_the_sandbox_of_every_service_is_tight(root: Path, service: str) -> None:
    table = analyze("security", "--offline=true", f"--root={root}", service).stdout
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", table)
    assert exposure is not None, table
    assert float(exposure[1]) <= (1.6 if service in NETWORKED else 1.0), table


@needs_systemd
@pytest.mark.parametrize(
    "unit", sorted(p.name for p in UNITS.iterdir() if p.suffix in (".service", ".target", ".timer"))
)
def test_systemd_finds_no_fault_in_a_unit(root: Path, unit: str) -> None:
    done = analyze("verify", "--man=no", f"--root={root}", unit)
    faults = [
        line
        for line in done.stderr.splitlines()
        if "lamp-" in line and not any(f"Unknown key '{key}'" in line for key in NEWER)
    ]
    assert faults == []


def test_there_is_a_unit_for_each_of_the_five_processes() -> None:
    starts = {name: settings(f"lamp-{name}.service")["ExecStart"][0] for name in PROCESSES}
    for name, start in starts.items():
        assert f" -m lamp.{name} /etc/lamp/lamp.yaml" in start


@pytest.mark.parametrize("service", sorted({*SERVICES} - {*NETWORKED}))
def test_no_service_of_a_lamp_has_a_network(service: str) -> None:
    found = settings(service)
    assert found["PrivateNetwork"] == ["yes"]
    assert found["RestrictAddressFamilies"] == ["AF_UNIX"]


@pytest.mark.parametrize(("service", "allowed"), NETWORKED.items())
def test_what_has_a_network_has_only_what_it_needs_of_it(
    service: str, allowed: dict[str, list[str]]
) -> None:
    found = settings(service)
    assert found["PrivateNetwork"] == ["yes", "no"]
    assert {key: found[key] for key in found if key.startswith("SocketBind")} == allowed
    assert found["IPAddressDeny"] == ["any"]
    assert "any" not in found["IPAddressAllow"][0].split()
    assert "DeviceAllow" not in found
    assert found["ExecCondition"][0].endswith(f" {service[5:-8]} /etc/lamp/lamp.yaml")


def test_the_page_may_bind_the_port_that_it_has_where_nobody_sets_another() -> None:
    assert settings("lamp-page.service")["SocketBindAllow"] == [f"tcp:{Page().port}"]


def test_only_the_ear_has_sound_and_only_the_operator_has_pins() -> None:
    devices = {name: settings(f"lamp-{name}.service").get("DeviceAllow") for name in PROCESSES}
    assert devices == {
        "operator": ["char-gpiochip rw"],
        "recorder": ["char-alsa rw"],
        "transcriber": None,
        "anticipator": None,
        "trainer": None,
    }


def test_memory_is_taken_from_the_trainer_first_and_from_the_operator_last() -> None:
    score = {name: int(settings(f"lamp-{name}.service")["OOMScoreAdjust"][0]) for name in PROCESSES}
    assert score["operator"] == min(score.values()) == -1000
    assert score["trainer"] == max(score.values())


def test_the_operator_is_tried_again_for_ever_and_outlives_the_learning_side() -> None:
    operator = settings("lamp-operator.service")
    assert operator["StartLimitIntervalSec"] == ["0"]
    assert operator["Restart"] == ["always"]
    assert "PartOf" not in operator
    assert "Requires" not in operator
    assert all("Requires" not in settings(f"lamp-{name}.service") for name in PROCESSES)


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_is_watched_while_it_runs(name: str) -> None:
    found = settings(f"lamp-{name}.service")
    assert found["Type"] == ["notify"]
    assert "WatchdogSec" in found


def test_a_single_failure_does_not_make_it_just_a_switch() -> None:
    """Since systemd 254 every failure triggers OnFailure=, unless the restart is direct."""
    for name in PROCESSES:
        found = settings(f"lamp-{name}.service")
        assert "OnFailure" not in found or found.get("RestartMode") == ["direct"]
    assert "OnFailure" in settings("lamp-transcriber.service")


@pytest.mark.parametrize(("process", "patience"), HUNG_AFTER.items())
def test_systemd_is_as_patient_as_the_supervisor(process: str, patience: float) -> None:
    (watchdog,) = settings(f"lamp-{process}.service")["WatchdogSec"]
    amount, unit = re.fullmatch(r"(\d+)(s|min)", watchdog).groups()
    assert int(amount) * {"s": 1, "min": 60}[unit] == patience
