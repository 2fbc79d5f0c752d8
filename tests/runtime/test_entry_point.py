"""What all processes have in common, run inside the test's own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lamp import config as configuration
from lamp.clock import Clock, LiveClock
from lamp.config import Config
from lamp.errors import InboxInUse, MicrophoneMissing
from lamp.mailbox import Mailbox
from lamp.messages import (
    Directive,
    Flip,
    Message,
    ModelReady,
    Sound,
    Stop,
    Transcript,
    Utterance,
    Watermark,
)
from lamp.runtime import entry_point
from lamp.runtime.heartbeat import Heartbeat, read_one

SOON = 5.0  # s


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """The handlers are pytest's own again afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def config_file(house: Path, config: Config) -> Path:
    path = house / "lamp.yaml"
    path.write_text(configuration.dump(config))
    return path


def facts(config: Config, name: str = "recorder") -> dict[str, object]:
    health = read_one(Path(config.places.runtime), name)
    assert health is not None
    return health.facts


def listen(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    """Until it is stopped."""
    while not mailbox.stopped:
        mailbox.get(SOON)


def test_a_process_that_has_nothing_more_to_do_says_so(config_file: Path, config: Config) -> None:
    given: list[object] = []

    def serve(*arguments: object) -> None:
        given.extend(arguments)

    assert entry_point.run("recorder", serve, config_file) == 0
    assert given[0] == config
    assert isinstance(given[1], Mailbox)
    assert isinstance(given[2], LiveClock)
    assert facts(config)["state"] == "finished"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(config_file: Path, config: Config, number: int) -> None:
    def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
        listen(config, mailbox, clock, heartbeat)

    assert entry_point.run("recorder", serve, config_file) == 0
    assert facts(config)["state"] == "stopped"


def test_main_takes_the_file_from_the_command_line_and_exits(config_file: Path) -> None:
    with pytest.raises(SystemExit) as end:
        entry_point.main("recorder", lambda *_: None, [str(config_file)])
    assert end.value.code == 0


def test_what_the_owner_can_mend_is_one_line_and_an_exit_status(
    config_file: Path, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    def serve(*_: object) -> None:
        raise MicrophoneMissing("no microphone was found. Plug one in")

    assert entry_point.run("recorder", serve, config_file) == 4
    assert [record.getMessage() for record in caplog.records] == [
        "no microphone was found. Plug one in"
    ]
    assert caplog.records[0].exc_info is None
    assert facts(config) == {"state": "failed", "error": "no microphone was found. Plug one in"}


def test_a_fault_in_the_program_is_logged_whole(
    config_file: Path, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    def serve(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    assert entry_point.run("recorder", serve, config_file) == 1
    assert caplog.records[0].exc_info is not None
    assert facts(config)["error"] == "ZeroDivisionError: of all things"


def test_a_wrong_lamp_yaml_is_one_line(house: Path, caplog: pytest.LogCaptureFixture) -> None:
    (house / "lamp.yaml").write_text("audoi: {}")
    assert entry_point.run("recorder", listen, house / "lamp.yaml") == 3
    assert "Did you mean 'audio'?" in caplog.text


def test_two_of_a_kind_are_refused(
    config_file: Path, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    first = Mailbox(Path(config.places.runtime), "recorder")
    assert entry_point.run("recorder", listen, config_file) == 1
    assert entry_point.exit_code(InboxInUse()) == 1
    assert "already has the inbox 'recorder'" in caplog.text
    first.close()


def test_a_state_directory_that_cannot_be_written_does_not_keep_it_from_serving(
    config_file: Path, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    Path(config.places.state).write_text("in the way")
    served = []
    assert entry_point.run("operator", lambda *_: served.append(1), config_file) == 0
    assert served
    assert "places.state" in caplog.text


def test_in_a_replay_the_clock_is_told_by_the_mail(house: Path, config: Config) -> None:
    path = house / "lamp.yaml"
    path.write_text(configuration.dump(config).replace('"live"', '"replay"'))
    times = []

    def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
        sender = Mailbox(Path(config.places.runtime), "observer")
        for message in (Watermark(5.0), ModelReady("m", "", 1, 0.1), Watermark(3.0), Stop()):
            sender.send("recorder", message)
        times.append(clock.now())
        while mailbox.get(SOON) is not None:
            times.append(clock.now())
        sender.close()

    assert entry_point.run("recorder", serve, path) == 0
    assert times == [0.0, 5.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("message", "at"),
    [
        (Sound(bytes(32_000), 2.0), 3.0),
        (Utterance("u", b"", 1.0, 2.0, 2.5, -20.0, 0.0), 2.5),
        (Transcript("u", "", 1.0, 1.0, 2.0, 2.6), 2.6),
        (Flip("f", "lit", 4.0), 4.0),
        (Directive("d", "lit", "u", "", 3.0, 6.0), 3.0),
        (Watermark(0.0), 0.0),
        (Stop(), None),
    ],
)
def test_messages_tell_when_they_were_sent(message: Message, at: float | None) -> None:
    assert message.sent_at == at


def test_without_its_supervisor_it_ends(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ended = threading.Event()
    reading, writing = os.pipe()
    read = os.read
    monkeypatch.setenv(entry_point.SUPERVISED, "1")
    monkeypatch.setattr(entry_point, "_GRACE", 0.0)
    monkeypatch.setattr(
        entry_point.os, "read", lambda fd, size: read(reading if fd == 0 else fd, size)
    )
    monkeypatch.setattr(entry_point.os, "_exit", lambda status: ended.set())
    threading.Timer(0.05, os.close, (writing,)).start()
    assert entry_point.run("recorder", listen, config_file) == 0
    assert ended.wait(SOON)  # what happens to one that does not listen
    assert "the supervisor is gone" in caplog.text
    os.close(reading)


def test_the_common_part_is_light() -> None:
    """The operator has 25 MB and a second in all."""
    program = (
        "import sys; import lamp.runtime.entry_point;"
        "heavy = {'numpy', 'onnxruntime', 'asyncio', 'multiprocessing', 'ctypes', 'click'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"


def test_logging_is_one_line_an_event(config_file: Path) -> None:
    program = (
        "import sys, logging; from pathlib import Path; from lamp.runtime.entry_point import run;"
        "run('recorder', lambda *_: logging.getLogger('x').info('hello'), Path(sys.argv[1]))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(config_file)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stderr.endswith(" recorder: hello\n")
    assert said.stderr.count("\n") == 1
