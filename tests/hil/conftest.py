"""Tests of tests/hil/inside run in a machine of their own; their reports are shown here.

On the host, the first such test boots all the machines that the chosen tests need, two at a
time, each with one pytest for all of its tests. Without ``-m hil`` nothing here is collected.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.hil.machine import KINDS, Machine, MachineFailed

INSIDE = os.environ.get("LAMP_HIL_INSIDE", "")  # which machine this is, in one
REPORTS = Path("/run/job/reports")
AT_ONCE = min(2, os.cpu_count() or 1)  # machines; each wants one core
LONGEST = 600.0  # s for all tests of one machine
FLEET = pytest.StashKey["Fleet"]()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    named = any("hil" in Path(each.split("::")[0]).parts for each in config.args)
    return None if named or "hil" in config.option.markexpr.split() else True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("machine")
    if marker is not None:
        metafunc.fixturenames.append("machine")
        metafunc.parametrize("machine", marker.args)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("hil")


def _machine_of(item: pytest.Item) -> str | None:
    if item.get_closest_marker("machine") is None:
        return None
    return str(item.callspec.params["machine"])  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    kind = _machine_of(item)
    if kind is None or INSIDE:
        return None
    fleet = item.session.stash.get(FLEET, None)
    if fleet is None:
        fleet = item.session.stash[FLEET] = Fleet(item)
    hook = item.config.hook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in fleet.reports(item, kind):
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    fleet = session.stash.get(FLEET, None)
    if fleet is not None:
        fleet.end()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if INSIDE:
        with REPORTS.open("a") as file:
            file.write(json.dumps(_to_json(report)) + "\n")


def _to_json(report: pytest.TestReport) -> Any:
    return report._to_json()


class Fleet:
    """The machines of one session, and what their tests have reported so far."""

    def __init__(self, first: pytest.Item) -> None:
        self._folder = first.config._tmp_path_factory.mktemp("hil")  # type: ignore[attr-defined]
        self._waiting: dict[str, list[str]] = {}
        for item in first.session.items:
            kind = _machine_of(item)
            if kind is not None:
                self._waiting.setdefault(kind, []).append(item.nodeid)
        self._running: dict[str, Machine] = {}
        self._reports: dict[str, list[pytest.TestReport]] = {}
        self._read: dict[str, int] = {}
        self._ended: dict[str, str] = {}
        self._deadline: dict[str, float] = {}

    def reports(self, item: pytest.Item, kind: str) -> list[pytest.TestReport]:
        """What the machine had to say of ``item``, once it is done with it."""
        while True:
            self._look()
            found = self._reports.get(item.nodeid, [])
            if found and found[-1].when == "teardown":
                return found
            if kind in self._ended:
                return [*found, _failed(item, self._ended[kind])]
            time.sleep(0.05)

    def end(self) -> None:
        """Switch off whatever still runs."""
        for machine in self._running.values():
            machine.kill()

    def _look(self) -> None:
        for kind in sorted(self._waiting, key=[*KINDS].index):
            if len(self._running) < AT_ONCE:
                self._boot(kind)
        for kind, machine in [*self._running.items()]:
            alive = machine.running and time.monotonic() < self._deadline[kind]
            self._take_reports(kind)
            if not alive:
                self._ended[kind] = self._end_of(machine)
                del self._running[kind]

    def _boot(self, kind: str) -> None:
        items = self._waiting.pop(kind)
        options = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:cov", "-m", "hil")
        command = [sys.executable, "-m", "pytest", *options, "-q", *items]
        try:
            environment = {"LAMP_HIL_INSIDE": kind}
            machine = Machine(kind, command, self._folder / kind, environment)
        except MachineFailed as error:
            self._ended[kind] = str(error)
            return
        self._running[kind] = machine
        self._deadline[kind] = time.monotonic() + LONGEST

    def _take_reports(self, kind: str) -> None:
        path = self._folder / kind / "reports"
        if not path.exists():
            return
        with path.open() as file:
            file.seek(self._read.get(kind, 0))
            new = file.read()
        whole = new[: new.rfind("\n") + 1]
        self._read[kind] = self._read.get(kind, 0) + len(whole)
        for line in whole.splitlines():
            report = pytest.TestReport._from_json(json.loads(line))
            self._reports.setdefault(report.nodeid, []).append(report)

    def _end_of(self, machine: Machine) -> str:
        try:
            status = machine.wait(0.0)
        except MachineFailed as error:
            return str(error)
        return f"pytest ended with {status} before it came here\n{machine.last_words()}"


def _failed(item: pytest.Item, why: str) -> pytest.TestReport:
    return pytest.TestReport(item.nodeid, item.location, {}, "failed", why, "call")


assert not INSIDE or INSIDE in KINDS
