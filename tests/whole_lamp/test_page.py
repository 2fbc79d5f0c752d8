"""The page beside five real processes: what its buttons ask for ends in the diary."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from lamp.config import Config, Page
from lamp.diary.writer import Diary
from lamp.errors import StateError
from lamp.messages import Decided
from lamp.page.pairing import offer
from lamp.runtime.paths import diary_path, models_path, runtime_directory
from lamp.simulate.demo import demo_config
from tests.whole_lamp.conftest import Rig
from tests.whole_lamp.test_accidents import say

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    page = Page(enabled=True, port=port, address="127.0.0.1")
    return replace(demo_config(Config(), tmp_path, seed=1), page=page)


class Phone:
    """A paired browser."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.port = rig.supervisor.config.page.port
        self.cookie = ""
        rig.until(self.is_there)
        code = offer(runtime_directory(rig.supervisor.config))
        self.cookie = self.ask("POST", "/pair", code=code)[1]

    def is_there(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def ask(self, method: str, target: str, **form: str) -> tuple[int, str, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": self.cookie, "Origin": f"http://127.0.0.1:{self.port}"}
        connection.request(method, target, urlencode(form), headers)
        answer = connection.getresponse()
        found = (answer.getheader("set-cookie") or "").partition(";")[0]
        content = answer.read().decode()
        connection.close()
        return answer.status, found, content

    def press(self, target: str, **form: str) -> None:
        token = re.search(r'name="token" value="(\w+)"', self.ask("GET", "/")[2])
        assert token is not None
        assert self.ask("POST", target, token=token[1], **form)[0] == 303


def in_the_diary(rig: Rig, question: Callable[[Diary], bool]) -> Callable[[], bool]:
    def answer() -> bool:
        try:
            diary = Diary.open(diary_path(rig.supervisor.config), read_only=True)
        except StateError:
            return False  # it is just being made
        try:
            return question(diary)
        finally:
            diary.close()

    return answer


def test_what_the_owner_says_by_a_button_is_learned(rig: Rig) -> None:
    phone = Phone(rig)
    say(rig, "turn on the light")
    (heard,) = (message for message in rig.told if isinstance(message, Decided))
    assert heard.text in phone.ask("GET", "/")[2].replace("&#39;", "'")
    phone.press("/told", exchange=heard.exchange, meant="lit")
    rig.until(in_the_diary(rig, lambda diary: taught(diary, heard.exchange) == ("lit", 1.0)))
    phone.press("/told", exchange=heard.exchange, meant="forget")
    rig.until(in_the_diary(rig, lambda diary: diary.exchange(heard.exchange) is None))
    assert heard.text not in phone.ask("GET", "/")[2].replace("&#39;", "'")


def taught(diary: Diary, exchange: str) -> tuple[str, float] | None:
    found = diary.exchange(exchange)
    label = found.label if found is not None else None
    return (label.action, label.weight) if label is not None else None


def test_frozen_by_a_button_a_flip_teaches_nothing(rig: Rig) -> None:
    phone = Phone(rig)
    phone.press("/freeze", on="yes")
    say(rig, "turn on the light")
    rig.flip()
    rig.wait(1.0)
    assert in_the_diary(rig, lambda diary: len(diary.flips(9)) == 1 and not diary.position())()
    phone.press("/freeze", on="no")
    rig.wait(20.0)
    say(rig, "turn off the light")
    rig.flip()
    rig.wait(1.0)
    rig.until(in_the_diary(rig, lambda diary: diary.position() > 0))


def test_erased_by_a_button_all_is_gone_and_it_learns_again(rig: Rig) -> None:
    phone = Phone(rig)
    say(rig, "turn on the light")
    rig.flip()
    rig.wait(1.0)
    models = models_path(rig.supervisor.config)
    rig.until(lambda: any(models.glob("*")))
    words = next(message.text for message in rig.told if isinstance(message, Decided))
    assert any(words.encode() in path.read_bytes() for path in diary_files(rig))
    phone.press("/erase", sure="yes")
    empty = in_the_diary(rig, lambda diary: diary.counts()["exchanges"] == 0)
    rig.until(empty)
    rig.until(lambda: not any(models.glob("*")))
    rig.until(lambda: not (diary_path(rig.supervisor.config).parent / "erasing").exists())
    assert not any(words.encode() in path.read_bytes() for path in diary_files(rig))
    processes = rig.supervisor.processes
    rig.until(lambda: processes["trainer"].starts == processes["anticipator"].starts == 2)
    rig.wait(20.0)
    say(rig, "turn off the light")
    rig.flip()
    rig.wait(1.0)
    rig.until(in_the_diary(rig, lambda diary: diary.position() > 0), 60.0)


def diary_files(rig: Rig) -> list[Path]:
    diary = diary_path(rig.supervisor.config)
    return list(diary.parent.glob(f"{diary.name}*"))


def test_while_the_page_is_flooded_the_switch_and_the_learning_do_not_notice(rig: Rig) -> None:
    phone = Phone(rig)
    over = threading.Event()

    def flood() -> None:
        while not over.is_set():
            try:
                with socket.create_connection(("127.0.0.1", phone.port), timeout=1) as line:
                    line.sendall(b"POST /told HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"x" * 5000)
            except OSError:
                time.sleep(0.001)

    neighbours = [threading.Thread(target=flood) for _ in range(4)]
    for neighbour in neighbours:
        neighbour.start()
    try:
        say(rig, "turn on the light")
        assert rig.flip() < 5.0
        rig.wait(1.0)
    finally:
        over.set()
        for neighbour in neighbours:
            neighbour.join()
    assert in_the_diary(rig, lambda diary: diary.position() > 0)()
    changed = rig.changes()
    assert changed[-1].took < 0.02
    assert rig.supervisor.processes["page"].starts == 1

    def answers() -> bool:
        try:
            return phone.ask("GET", "/")[0] == 200
        except OSError:  # it still hangs up on what the flood left behind
            return False

    rig.until(answers)
