import contextlib
import importlib
import json
import runpy
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from gpiozero import OutputDevice

from lamp.clock import LiveClock, ReplayClock
from lamp.config import Config, Pins, Places
from lamp.errors import EXIT_CONFIG, EXIT_PINS
from lamp.mailbox import Delivery, Mailbox
from lamp.messages import Correction, Directive, Flip, LampChanged, SwitchMoved
from lamp.operator.process import serve
from lamp.runtime.heartbeat import Heartbeat

MOST_MEMORY = 25 * 1024  # kB, resident


class OperatorProcess:
    """``python -m lamp.operator`` with a simulated switch, and an anticipator to hear it."""

    def __init__(self, folder, extra="", runtime="runtime"):
        self.folder = folder
        self.runtime = folder / runtime
        self.yaml = folder / "lamp.yaml"
        self.yaml.write_text(
            f"places: {{state: {folder / 'state'}, runtime: {self.runtime}}}\n"
            f"pins: {{board: simulated}}\n{extra}"
        )
        self.process = None

    def start(self):
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lamp.operator", str(self.yaml)],
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def end(self):
        self.process.terminate()
        _, self.errors = self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.fixture
def operator(tmp_path):
    operator = OperatorProcess(tmp_path)
    yield operator
    if operator.process and operator.process.poll() is None:
        operator.kill()


@contextlib.contextmanager
def mailbox_of(operator, name):
    mailbox = Mailbox(operator.runtime, name)
    try:
        yield mailbox
    finally:
        mailbox.close()


def hear(mailbox, kind, timeout=20.0):
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        delivery = mailbox.get(0.5)
        if delivery is not None:
            delivery.ack()
            if isinstance(delivery.message, kind):
                return delivery.message
    raise AssertionError(f"no {kind}")


@pytest.mark.slow
def test_it_serves_a_hand_and_directives_and_ends_when_told(operator):
    with mailbox_of(operator, "anticipator") as anticipator:
        operator.start()
        assert hear(anticipator, LampChanged).cause == "start"
        anticipator.send("operator", SwitchMoved(0.0))
        assert hear(anticipator, Flip).state == "lit"
        now = time.monotonic()
        anticipator.send("operator", Directive("d1", "dark", "u", "", now, now + 3))
        anticipator.send("operator", SwitchMoved(0.0))
        assert hear(anticipator, Correction).directive == "d1"
        assert operator.end() == 0
    facts = json.loads((operator.runtime / "health" / "operator.json").read_text())["facts"]
    assert (facts["state"], facts["flips"], facts["directives"]) == ("stopped", 2, 1)


@pytest.mark.slow
def test_killed_it_comes_back_with_the_lamp_as_it_was(operator):
    with mailbox_of(operator, "anticipator") as anticipator:
        operator.start()
        hear(anticipator, LampChanged)
        anticipator.send("operator", SwitchMoved(0.0))
        hear(anticipator, Flip)
        state = operator.folder / "state" / "operator.json"
        while '"lit"' not in state.read_text():
            time.sleep(0.01)
        operator.kill()
        operator.start()
        while hear(anticipator, LampChanged).cause != "start":
            pass
        anticipator.send("operator", SwitchMoved(0.0))
        assert hear(anticipator, Flip).state == "dark"


@pytest.mark.slow
def test_a_log_that_nobody_reads_keeps_no_flip_from_being_told(operator):
    """After 479 flips its pipe was full; nobody was told of any more, and all seemed well."""
    with mailbox_of(operator, "anticipator") as anticipator:
        operator.start()
        hear(anticipator, LampChanged)
        for number in range(700):
            anticipator.send("operator", SwitchMoved(float(number)))
            hear(anticipator, Flip | Correction)
        state = operator.folder / "state" / "operator.json"
        until = time.monotonic() + 20
        while '"dark"' not in state.read_text():
            assert time.monotonic() < until
            time.sleep(0.01)
        assert operator.end() == 0


@pytest.mark.slow
def test_it_starts_within_a_second_small_and_without_numpy(tmp_path):
    code = f"""
import sys, time
from lamp.clock import LiveClock, ReplayClock
from lamp.operator import fallback, process, retrying_mailbox
from lamp.operator.service import Service
from lamp.config import Config, Pins
from pathlib import Path
mailbox = retrying_mailbox.RetryingMailbox(Path({str(tmp_path / "runtime")!r}), "operator")
service = Service(Config(pins=Pins(board="simulated")), LiveClock(), mailbox.send,
            Path({str(tmp_path / "operator.json")!r}))
took = time.process_time()
service.devices.move()
unwanted = sorted({{"numpy", "onnxruntime", "sqlite3", "importlib.metadata"}} & set(sys.modules))
print(took, service.operator.state, unwanted)
if sys.platform == "linux":
    print(open("/proc/self/status").read())
service.close()
mailbox.close()
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, *status = ran.stdout.splitlines()
    took, state, unwanted = first.split(maxsplit=2)
    assert state == "lit"
    assert unwanted == "[]"
    assert float(took) < 1.0  # of CPU time, whatever else the machine is doing
    memory = [int(line.split()[1]) for line in status if line.startswith("VmRSS:")]
    assert all(resident <= MOST_MEMORY for resident in memory)


@pytest.mark.slow
def test_the_switch_works_with_a_mistake_in_the_learning_parts(operator):
    operator = OperatorProcess(operator.folder, extra="audio: {pre_rol: 1}\n")
    with mailbox_of(operator, "anticipator") as anticipator:
        operator.start()
        anticipator.send("operator", SwitchMoved(0.0))
        assert hear(anticipator, Flip).state == "lit"
        assert operator.end() == 0
    assert "Did you mean 'pre_roll'? Until then only the switch works" in operator.errors


@pytest.mark.slow
def test_a_runtime_directory_that_cannot_be_used_leaves_a_switch(tmp_path):
    (tmp_path / "taken").write_text("a file, not a directory")
    operator = OperatorProcess(tmp_path, runtime="taken").start()
    state = tmp_path / "state" / "operator.json"
    until = time.monotonic() + 20
    while not state.exists():
        assert time.monotonic() < until
        assert operator.process.poll() is None
        time.sleep(0.02)
    assert operator.end() == 0
    assert "this lamp is just a switch" in operator.errors


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pins", "status", "line"),
    [
        ("{board: le-potato, relay: 11}", EXIT_PINS, "shared with HDMI"),
        ("{board: potato}", EXIT_PINS, "is unknown. Known are"),
        ("{relay: thirty}", EXIT_CONFIG, "pins.relay"),
    ],
)
def test_pins_that_cannot_be_used_end_it_with_one_clear_line(tmp_path, pins, status, line):
    (tmp_path / "lamp.yaml").write_text(f"places: {{state: {tmp_path}}}\npins: {pins}\n")
    ran = subprocess.run(
        [sys.executable, "-m", "lamp.operator", str(tmp_path / "lamp.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == status
    assert line in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


class Script:
    """Mail that comes as written, then a stop; a ``None`` is a second without mail."""

    def __init__(self, *deliveries):
        self.deliveries = list(deliveries)
        self.told = []
        self.done = []
        self.flushed = False
        self.stopped = False

    def send(self, recipient, message, acknowledged=None):
        self.told.append((recipient, message))

    def get(self, timeout):
        message = self.deliveries.pop(0)
        self.stopped = not self.deliveries
        return message and Delivery(message, "observer", _ack=lambda: self.done.append(message))

    def flush(self, timeout):
        self.flushed = True
        return True


def test_a_relay_that_cannot_be_written_is_told_and_the_operator_goes_on(
    tmp_path, caplog, monkeypatch
):
    works = OutputDevice.on
    attempts = []

    def second_time_lucky(device):
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("Input/output error")
        works(device)

    monkeypatch.setattr(OutputDevice, "on", second_time_lucky)
    config = Config(
        places=Places(state=str(tmp_path), runtime=str(tmp_path)), pins=Pins(board="simulated")
    )
    mailbox = Script(SwitchMoved(1.0), None, SwitchMoved(2.0))
    serve(config, mailbox, LiveClock(), Heartbeat(tmp_path, "operator", LiveClock()))
    assert "the lamp could not be moved: Input/output error" in caplog.text
    changes = [
        what for who, what in mailbox.told if who == "observer" and type(what) is LampChanged
    ]
    assert [change.state for change in changes] == ["dark", "lit"]
    assert len(mailbox.done) == 2
    assert mailbox.flushed


def test_a_replay_leaves_no_journal_and_names_its_flips_alike(tmp_path):
    """What a bench or the demo plays is no flip that a later lamp should be told of."""
    names = []
    for life in ("first", "second"):
        folder = tmp_path / life
        config = Config(
            places=Places(state=str(folder / "state"), runtime=str(folder / "runtime")),
            pins=Pins(board="simulated"),
            clock="replay",
        )
        clock = ReplayClock(datetime(2026, 6, 1, 12, 0, tzinfo=UTC), now=5.0)
        mailbox = Script(SwitchMoved(1.0), None)
        serve(config, mailbox, clock, Heartbeat(folder, "operator", clock))
        names += [message.id for _, message in mailbox.told if isinstance(message, Flip)]
        assert [path.name for path in (folder / "state").iterdir()] == ["operator.json"]
        assert not (folder / "runtime").exists()
    assert set(names) == {"flip-5.000-1"}


def test_it_can_be_run_as_a_module_and_imported(tmp_path, monkeypatch):
    importlib.import_module("lamp.operator.__main__")
    (tmp_path / "lamp.yaml").write_text("pins: {relay: thirty}\n")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["lamp.operator", str(tmp_path / "lamp.yaml")])
    monkeypatch.delitem(sys.modules, "lamp.operator.__main__")
    first = []
    monkeypatch.setattr("lamp.operator.priority.raise_priority", lambda: first.append(True))
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("lamp.operator", run_name="__main__")
    assert ended.value.code == EXIT_CONFIG
    assert first
