"""The process between a lamp and a real broker: gone, back, slow, strict, and over TLS."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lamp.clock import LiveClock
from lamp.config import Config, Mqtt, Places
from lamp.errors import MqttError
from lamp.mailbox import Mailbox
from lamp.messages import Directive, Message, Muted
from lamp.mqtt import broker as connection
from lamp.mqtt import process
from lamp.mqtt.broker import Broker, password, port
from lamp.runtime.heartbeat import Heartbeat, read_one
from tests.mqtt.conftest import Listener, RealBroker, until
from tests.page.home import Home

pytestmark = pytest.mark.slow
TOPIC = "lamp/lamp"


class Running:
    """The process's loop in a thread, with a home's files and the others' inboxes."""

    def __init__(self, folder: Path, mqtt: Mqtt) -> None:
        self.state, self.runtime = folder / "state", folder / "run"
        for each in (self.state, self.runtime):
            each.mkdir(mode=0o700, exist_ok=True)
        self.home = Home(self.state, self.runtime)
        self.home.beat("dark")
        config = Config(places=Places(str(self.state), str(self.runtime)), mqtt=mqtt)
        self.mailbox = Mailbox(self.runtime, "mqtt")
        self.inboxes = {name: Mailbox(self.runtime, name) for name in ("operator", "recorder")}
        self.heartbeat = Heartbeat(self.runtime, "mqtt", LiveClock())
        clock = LiveClock()
        self.thread = threading.Thread(
            target=process.serve, args=(config, self.mailbox, clock, self.heartbeat)
        )
        self.thread.start()

    def got(self, inbox: str) -> Message | None:
        delivery = self.inboxes[inbox].get(10)
        if delivery is None:
            return None
        delivery.ack()
        return delivery.message

    def trouble(self) -> str:
        health = read_one(self.runtime, "mqtt")
        return str(health.facts.get("trouble")) if health is not None else "nothing yet"

    def stop(self) -> None:
        self.mailbox.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()
        for mailbox in (self.mailbox, *self.inboxes.values()):
            mailbox.close()
        self.home.diary.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Mqtt], Running]]:
    monkeypatch.setattr(process, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(connection, "LONGEST_DELAY", 0.2)
    running: list[Running] = []

    def start(mqtt: Mqtt) -> Running:
        running.append(Running(tmp_path, mqtt))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def test_the_lamp_is_there_moves_by_command_and_says_goodbye(
    broker: RealBroker, listen: Callable[..., Listener], run: Callable[[Mqtt], Running]
) -> None:
    assistant = listen(broker)
    lamp = run(broker.config())
    assistant.wait(f"{TOPIC}/availability", "online")
    assistant.wait(f"{TOPIC}/state", "OFF")
    assert assistant.last("homeassistant/light/lamp-lamp/light/config")
    assistant.say(f"{TOPIC}/set", "ON")
    directive = lamp.got("operator")
    assert isinstance(directive, Directive)
    assert directive.state == "lit"
    lamp.home.beat("lit")
    assistant.wait(f"{TOPIC}/state", "ON")
    assistant.say(f"{TOPIC}/muted/set", "ON")
    assert lamp.got("recorder") == Muted(True)
    lamp.home.flip("lit", lamp.home.hear("LUMOS"))
    assistant.wait(f"{TOPIC}/heard", "LUMOS")
    until(lambda: [one["heard"] for one in assistant.events(f"{TOPIC}/lesson")] == ["LUMOS"])
    late = listen(broker)  # who comes later is told what was retained
    late.wait(f"{TOPIC}/state", "ON")
    lamp.mailbox.stop()
    assistant.wait(f"{TOPIC}/availability", "offline")
    assert lamp.inboxes["operator"].get(0.2) is None


def test_an_old_command_that_the_broker_kept_moves_nothing(
    broker: RealBroker, listen: Callable[..., Listener], run: Callable[[Mqtt], Running]
) -> None:
    assistant = listen(broker)
    assistant.say(f"{TOPIC}/set", "ON", retain=True)
    lamp = run(broker.config())
    assistant.wait(f"{TOPIC}/availability", "online")
    assert lamp.inboxes["operator"].get(0.5) is None


def test_when_it_dies_the_broker_says_so(
    broker: RealBroker, listen: Callable[..., Listener], tmp_path: Path
) -> None:
    assistant = listen(broker)
    one = Broker(broker.config(), (), lambda *_: None)
    one.start()
    until(lambda: one.connected)
    one.publish(f"{TOPIC}/availability", "online")
    assistant.wait(f"{TOPIC}/availability", "online")
    one._client.socket().close()  # as when it is killed
    assistant.wait(f"{TOPIC}/availability", "offline")
    one.close()


def test_a_broker_that_goes_and_comes_back_is_told_everything_again(
    broker: RealBroker,
    listen: Callable[..., Listener],
    run: Callable[[Mqtt], Running],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "lamp.mqtt")
    lamp = run(broker.config())
    until(lambda: lamp.trouble() == "")
    broker.stop()
    until(lambda: "cannot be reached" in lamp.trouble(), lamp.trouble())
    lamp.home.beat("lit")
    broker.start()
    listen(broker).wait(f"{TOPIC}/state", "ON")
    lines = [record.getMessage() for record in caplog.records]
    assert sum("cannot be reached: Connection refused" in line for line in lines) == 1
    assert len(lines) <= 3


def test_a_broker_that_was_never_there_is_said_in_one_line(
    run: Callable[[Mqtt], Running], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "lamp.mqtt")
    lamp = run(Mqtt(enabled=True, broker="no-such-host.invalid"))
    until(lambda: "no-such-host.invalid:1883 cannot be reached" in lamp.trouble(), lamp.trouble())
    assert lamp.thread.is_alive()
    assert len(caplog.records) == 1


def test_a_broker_that_does_not_answer_holds_up_nothing(
    run: Callable[[Mqtt], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "KEEP_ALIVE", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        lamp = run(Mqtt(enabled=True, broker="127.0.0.1", port=silent.getsockname()[1]))
        until(lambda: "does not answer" in lamp.trouble(), lamp.trouble())


def test_the_wrong_password_is_said_in_one_line_and_the_right_one_gets_in(
    make_broker: Callable[..., RealBroker],
    listen: Callable[..., Listener],
    run: Callable[[Mqtt], Running],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("there is no mosquitto_passwd")
    caplog.set_level(logging.WARNING, "lamp.mqtt")
    users = tmp_path / "users"
    subprocess.run(["mosquitto_passwd", "-c", "-b", users, "lamp", "lumos"], check=True)
    broker = make_broker("allow_anonymous false", f"password_file {users}")
    secret = tmp_path / "secret"
    secret.write_text("nox\n")
    secret.chmod(0o600)
    config = broker.config(user="lamp", password_file=str(secret))
    lamp = run(config)
    until(lambda: "refuses us: Not authorized" in lamp.trouble(), lamp.trouble())
    assert len(caplog.records) == 1
    assert "nox" not in caplog.text
    lamp.stop()
    secret.write_text("lumos\n")
    again = run(config)
    listen(broker, "lamp", "lumos").wait(f"{TOPIC}/availability", "online")
    assert again.trouble() == ""


# paho forgets to close a socket whose handshake failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_over_tls_the_broker_has_to_prove_who_it_is(
    make_broker: Callable[..., RealBroker],
    run: Callable[[Mqtt], Running],
    tmp_path: Path,
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", key, "-out", certificate, "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    broker = make_broker("allow_anonymous true", f"certfile {certificate}", f"keyfile {key}")
    stranger = run(broker.config(tls=True))
    until(lambda: "certificate verify failed" in stranger.trouble(), stranger.trouble())
    stranger.stop()
    lamp = run(broker.config(tls=True, ca_file=str(certificate)))
    until(lambda: lamp.trouble() == "", lamp.trouble())


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    config = Mqtt(password_file=str(secret))
    with pytest.raises(MqttError, match="cannot be read"):
        password(config)
    secret.write_text("lumos")
    secret.chmod(0o640)
    with pytest.raises(MqttError, match="chmod 600"):
        password(config)
    secret.chmod(0o600)
    assert password(config) == "lumos"
    assert password(Mqtt()) == ""


def test_a_certificate_that_is_not_there_is_said(tmp_path: Path) -> None:
    config = Mqtt(broker="x", tls=True, ca_file=str(tmp_path / "none"))
    with pytest.raises(MqttError, match="ca_file"):
        Broker(config, (), lambda *_: None)


def test_the_port_is_the_usual_one() -> None:
    assert [port(Mqtt()), port(Mqtt(tls=True)), port(replace(Mqtt(tls=True), port=7))] == [
        1883,
        8883,
        7,
    ]
