"""A real broker (mosquitto), and somebody who listens there as Home Assistant does."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from lamp.config import Mqtt

MOSQUITTO = shutil.which("mosquitto") or (
    "/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else None
)
PATIENCE = 20.0  # s


def until(come: Callable[[], object], what: str = "") -> None:
    deadline = time.monotonic() + PATIENCE
    while not come():
        assert time.monotonic() < deadline, f"it did not come: {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@dataclass
class RealBroker:
    """mosquitto, which can be stopped and started."""

    folder: Path
    lines: tuple[str, ...] = ("allow_anonymous true",)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> RealBroker:
        assert MOSQUITTO is not None
        file = self.folder / "mosquitto.conf"
        text = [f"listener {self.port} 127.0.0.1", *self.lines, "user root"]
        file.write_text("\n".join(text) + "\n")
        log = (self.folder / "mosquitto.log").open("ab")
        self.process = subprocess.Popen([MOSQUITTO, "-v", "-c", str(file)], stdout=log, stderr=log)
        log.close()
        until(self._listens, (self.folder / "mosquitto.log").read_text())
        return self

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def config(self, **settings: Any) -> Mqtt:
        return Mqtt(enabled=True, broker="127.0.0.1", port=self.port, **settings)


class Listener:
    """Hears everything; says commands."""

    def __init__(self, broker: RealBroker, user: str = "", secret: str = "") -> None:
        self.heard: list[tuple[str, str, bool]] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        if user:
            self.client.username_pw_set(user, secret)
        self.client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self.client.on_message = lambda client, data, message: self.heard.append(
            (message.topic, message.payload.decode(), message.retain)
        )
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        until(self.client.is_connected)

    def last(self, topic: str) -> str | None:
        return next((said for where, said, _ in reversed(self.heard) if where == topic), None)

    def wait(self, topic: str, content: str) -> None:
        until(lambda: self.last(topic) == content, f"{topic} = {content}: {self.heard[-9:]}")

    def events(self, topic: str) -> list[dict[str, Any]]:
        return [json.loads(said) for where, said, _ in self.heard if where == topic]

    def say(self, topic: str, content: str, retain: bool = False) -> None:
        self.client.publish(topic, content, 1, retain).wait_for_publish(PATIENCE)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def make_broker(tmp_path: Path) -> Iterator[Callable[..., RealBroker]]:
    if MOSQUITTO is None:
        pytest.skip("there is no mosquitto: apt install mosquitto")
    brokers: list[RealBroker] = []

    def make(*lines: str) -> RealBroker:
        folder = tmp_path / f"broker{len(brokers)}"
        folder.mkdir()
        broker = RealBroker(folder, lines or ("allow_anonymous true",))
        brokers.append(broker)
        return broker.start()

    yield make
    for broker in brokers:
        broker.stop()


@pytest.fixture
def broker(make_broker: Callable[..., RealBroker]) -> RealBroker:
    return make_broker()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    listeners: list[Listener] = []

    def make(broker: RealBroker, user: str = "", secret: str = "") -> Listener:
        listeners.append(Listener(broker, user, secret))
        return listeners[-1]

    yield make
    for listener in listeners:
        listener.close()
