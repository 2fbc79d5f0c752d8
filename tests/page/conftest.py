"""The page on a real socket, before a lamp of which only the mail is made of paper."""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from lamp.clock import LiveClock
from lamp.config import Config, Places
from lamp.messages import Message
from lamp.page.app import Page
from lamp.page.pairing import offer
from lamp.page.requests import Requests
from lamp.page.server import PageServer, listen
from lamp.page.sessions import Sessions


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Site:
    """A page that is served, and a browser without a mind of its own.

    answering: whether the lamp's processes deal with what they are sent.
    """

    state: Path
    runtime: Path
    answering: bool = True
    sent: list[tuple[str, Message]] = field(default_factory=list)
    beats: int = 0
    port: int = 0
    cookie: str = ""

    def start(self, config: Config) -> Callable[[], None]:
        self.config = config
        self.page = Page(
            config,
            Requests(self._send, patience=0.2),
            Sessions(self.state, LiveClock()),
            LiveClock(),
        )
        server = PageServer(self.page.app, self._beat)
        socket = listen("127.0.0.1", 0)
        self.port = socket.getsockname()[1]
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([socket])), daemon=True)
        thread.start()

        def stop() -> None:
            server.stop()
            thread.join(10)
            assert not thread.is_alive()

        return stop

    def _beat(self) -> None:
        self.beats += 1

    def _send(self, recipient: str, message: Message, acknowledged: Callable[[], None]) -> None:
        self.sent.append((recipient, message))
        if self.answering:
            acknowledged()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, target: str, body: str | None = None, **headers: str | None
    ) -> Answer:
        """Headers with underscores for dashes; None leaves one out that would be sent."""
        sent = {"Cookie": self.cookie, "Host": self.origin[7:]}
        if body is not None:
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
            sent |= {"Content-Length": str(len(body))}
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in (sent | changed).items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders()
        if body:
            connection.send(body.encode())
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read().decode())
        connection.close()
        return answer

    def get(self, target: str, **headers: str | None) -> Answer:
        return self.ask("GET", target, **headers)

    def post(
        self, target: str, headers: dict[str, str | None] | None = None, **form: str
    ) -> Answer:
        return self.ask("POST", target, urlencode(form), **(headers or {}))

    def pair(self) -> Site:
        """Another browser comes, with a new code."""
        self.cookie = ""
        answer = self.post("/pair", code=offer(self.runtime))
        assert answer.status == 303, answer
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return self

    def token(self) -> str:
        found = re.search(r'name="token" value="(\w+)"', self.get("/").text)
        assert found is not None
        return found[1]


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    stops = []

    def make(**sections: object) -> Site:
        state, runtime = tmp_path / "state", tmp_path / "run"
        for directory in (state, runtime):
            directory.mkdir(mode=0o700, exist_ok=True)
        site = Site(state, runtime)
        config = Config(places=Places(str(state), str(runtime)))
        stops.append(site.start(replace(config, **sections)))
        return site

    yield make
    for stop in stops:
        stop()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()
