"""The page as a process of its own, and `lamp page`."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner, Result

from lamp.cli.main import main
from lamp.errors import EXIT_FAILED, PageError
from lamp.mailbox import Mailbox
from lamp.messages import Muted
from lamp.page import server
from lamp.runtime.heartbeat import read_one

MOST_MEMORY = 40 * 1024  # kB
MOST_PROCESSOR = 0.001  # of one, while nobody looks


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Lamp:
    """A lamp of which only the page runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.file = folder / "lamp.yaml"
        self.runtime = folder / "run"
        self.file.write_text(
            f"places: {{state: {folder}/state, runtime: {self.runtime}}}\n"
            f"page: {{enabled: yes, port: {self.port}, address: 127.0.0.1}}\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lamp.page", str(self.file)],
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> Lamp:
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert self.process.poll() is None, self.process.stderr.read()  # type: ignore[union-attr]
                assert time.monotonic() < until
                time.sleep(0.05)
            else:
                return self

    def lamp(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.file), *arguments])

    def ask(self, method: str, target: str, cookie: str = "", **form: str) -> tuple[int, str, str]:
        """Status, cookie and content."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        origin = f"http://127.0.0.1:{self.port}"
        connection.request(method, target, urlencode(form), {"Cookie": cookie, "Origin": origin})
        answer = connection.getresponse()
        found = (answer.getheader("set-cookie") or "").partition(";")[0]
        content = answer.read().decode()
        connection.close()
        return answer.status, found, content

    def memory(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+)", status)
        assert found is not None
        return int(found[1])

    def processor(self) -> float:
        ticks = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def lamp(tmp_path: Path) -> Iterator[Lamp]:
    one = Lamp(tmp_path)
    yield one
    one.process.kill()
    one.process.communicate()


def paired(lamp: Lamp) -> str:
    shown = lamp.lamp("page", "--pair")
    assert shown.exit_code == 0, shown.output
    code = shown.output.split()[1]
    status, cookie, _ = lamp.ask("POST", "/pair", code=code)
    assert status == 303
    return cookie


@pytest.mark.slow
def test_it_is_paired_by_a_command_and_its_buttons_reach_the_lamp(lamp: Lamp) -> None:
    lamp.wait()
    cookie = paired(lamp)
    token = re.search(r'name="token" value="(\w+)"', lamp.ask("GET", "/", cookie)[2])
    assert token is not None
    recorder = Mailbox(lamp.runtime, "recorder")
    try:
        assert lamp.ask("POST", "/mute", cookie, on="yes", token=token[1])[0] == 303
        delivery = recorder.get(5)
        assert delivery is not None
        assert delivery.message == Muted(True)
        delivery.ack()
    finally:
        recorder.close()
    assert lamp.lamp("page", "--unpair").exit_code == 0
    assert lamp.ask("GET", "/diary.jsonl", cookie)[0] == 403


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_is_small_and_idle_while_nobody_looks(lamp: Lamp) -> None:
    cookie = paired(lamp.wait())
    for _ in range(5):
        assert lamp.ask("GET", "/", cookie)[0] == 200
    before, since = lamp.processor(), time.monotonic()
    time.sleep(3.0 * server.BEAT_EVERY / 2)
    assert lamp.processor() - before <= MOST_PROCESSOR * (time.monotonic() - since) + 0.01
    assert lamp.memory() < MOST_MEMORY


@pytest.mark.slow
def test_it_ends_when_it_is_told_also_while_somebody_looks(lamp: Lamp) -> None:
    cookie = paired(lamp.wait())
    with socket.create_connection(("127.0.0.1", lamp.port), timeout=5) as line:
        line.sendall(
            f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        assert line.recv(15) == b"HTTP/1.1 200 OK"
        lamp.process.send_signal(signal.SIGTERM)
        assert lamp.process.wait(10) == 0
    health = read_one(lamp.runtime, "page")
    assert health is not None
    assert health.state == "stopped"


@pytest.mark.slow
def test_a_flood_of_nonsense_leaves_nothing_in_its_log(lamp: Lamp) -> None:
    lamp.wait()
    for said in (b"\x00\xff\r\n\r\n", b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n") * 100:
        with socket.create_connection(("127.0.0.1", lamp.port), timeout=5) as line:
            line.sendall(said)
            with contextlib.suppress(ConnectionError):
                line.recv(100)
    lamp.process.send_signal(signal.SIGTERM)
    _, log = lamp.process.communicate(timeout=20)
    assert len(log.splitlines()) == 1, log  # where the page is


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_in_a_line(lamp: Lamp, tmp_path: Path) -> None:
    lamp.wait()
    (tmp_path / "other").mkdir()
    other = Lamp(tmp_path / "other")
    other.process.kill()
    other.process.communicate()
    text = other.file.read_text().replace(str(other.port), str(lamp.port))
    other.file.write_text(text)
    command = [sys.executable, "-m", "lamp.page", str(other.file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == EXIT_FAILED
    assert f"cannot have port {lamp.port} of 127.0.0.1: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot have port" in other.lamp("page").output


@pytest.mark.parametrize(("name", "package"), [("page", "starlette"), ("mqtt", "paho")])
def test_without_its_packages_it_says_which_to_install(
    tmp_path: Path, name: str, package: str
) -> None:
    file = tmp_path / "lamp.yaml"
    file.write_text(f"places: {{state: {tmp_path}/s, runtime: {tmp_path}/r}}")
    program = (
        f"import sys; sys.modules[{package!r}] = None;"
        f"from lamp.{name}.process import serve; from lamp.runtime.entry_point import main;"
        f"main({name!r}, serve, [{str(file)!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == EXIT_FAILED
    assert f"pip install '.[{name}]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_lamp_page_says_that_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "lamp.yaml"
    for text, said in (("", "page: {enabled: yes}"), ("page: {enabled: yes}", "does not run")):
        file.write_text(f"places: {{state: {tmp_path}/s, runtime: {tmp_path}/r}}\n{text}")
        shown = CliRunner().invoke(main, ["--config", str(file), "page", "--pair"])
        assert shown.exit_code == EXIT_FAILED
        assert said in shown.output


def test_it_listens_to_one_card_or_to_all() -> None:
    with server.listen("127.0.0.1", 0) as one, server.listen("", 0) as every:
        assert one.getsockname()[0] == "127.0.0.1"
        socket.create_connection(("127.0.0.1", every.getsockname()[1]), timeout=5).close()
        with pytest.raises(PageError, match="cannot have port"):
            server.listen("127.0.0.1", one.getsockname()[1])
