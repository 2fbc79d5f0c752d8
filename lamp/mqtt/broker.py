"""The connection to the broker: kept up for ever, and whatever ails it is said in one line."""

from __future__ import annotations

import logging
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from lamp.config import Mqtt
from lamp.errors import MqttError
from lamp.mqtt.discovery import OFFLINE, topics_of

FIRST_DELAY, LONGEST_DELAY = 1.0, 120.0  # s between two tries; each doubles it
KEEP_ALIVE = 30  # s without a sign after which the broker is taken to be gone
MOST_WAITING = 100  # messages for a broker that is slow to take them
QOS = 1  # at least once

log = logging.getLogger(__name__)

#: Told of a message: topic, content, and whether the broker had only kept it.
Received = Callable[[str, str, bool], None]


class Broker:
    """Connects, subscribes and says so; connects again when that ends.

    Args:
        config: where the broker is, and who we are.
        subscribed: topics that are listened to.
        received: told of each message there, by a thread of its own.
        first_delay: s.
    """

    def __init__(
        self,
        config: Mqtt,
        subscribed: tuple[str, ...],
        received: Received,
        first_delay: float = FIRST_DELAY,
    ) -> None:
        self.trouble = ""
        self._config = config
        self._subscribed = subscribed
        self._received = received
        self._first_delay = self._delay = first_delay
        self._over = threading.Event()
        self._connected = threading.Event()
        self._fresh = threading.Event()
        self._client = self._make_client()
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker takes messages now."""
        return self._connected.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def is_fresh(self) -> bool:
        """Whether it has connected since this was last asked: nobody there knows anything."""
        fresh = self._fresh.is_set()
        self._fresh.clear()
        return fresh

    def renew(self) -> None:
        """Let :meth:`is_fresh` say so once more."""
        self._fresh.set()

    def publish(self, topic: str, content: str, retain: bool = True) -> bool:
        """Send a message; false where there is nobody to send it to, or no room to wait."""
        if not self.connected:
            return False
        return self._client.publish(topic, content, QOS, retain).rc == paho.MQTT_ERR_SUCCESS

    def close(self, patience: float = 2.0) -> None:
        """Say goodbye, and end."""
        self._over.set()
        if self.connected:
            farewell = self._client.publish(
                topics_of(self._config).availability, OFFLINE, QOS, True
            )
            try:
                farewell.wait_for_publish(patience)
            except (RuntimeError, ValueError) as error:
                log.debug("no goodbye: %s", error)
        self._client.disconnect()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _make_client(self) -> paho.Client:
        config = self._config
        client = paho.Client(
            CallbackAPIVersion.VERSION2, f"lamp-{config.id}", reconnect_on_failure=False
        )
        client.connect_timeout = 10.0
        client.max_queued_messages_set(MOST_WAITING)
        client.will_set(topics_of(config).availability, OFFLINE, QOS, retain=True)
        if config.user:
            client.username_pw_set(config.user, password(config) or None)
        if config.tls:
            try:
                client.tls_set(ca_certs=config.ca_file or None)
            except (OSError, ValueError) as error:
                raise MqttError(f"mqtt.ca_file {config.ca_file} cannot be used: {error}") from error
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _run(self) -> None:
        where = f"the broker {self._config.broker}:{port(self._config)}"
        while not self._over.is_set():
            try:
                self._client.connect(self._config.broker, port(self._config), KEEP_ALIVE)
                self._client.loop_forever()
            except (OSError, ValueError) as error:
                self._say(f"{where} cannot be reached: {getattr(error, 'strerror', '') or error}")
            else:
                if not self._over.is_set() and not self.trouble:
                    self._say(f"{where} has hung up, or does not answer")
            self._connected.clear()
            self._over.wait(self._delay)
            self._delay = min(2 * self._delay, LONGEST_DELAY)

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        del userdata, flags, properties
        if reason.is_failure:
            self._say(
                f"the broker {self._config.broker} refuses us: {reason}."
                " Check mqtt.user and mqtt.password_file in lamp.yaml"
            )
            return
        for topic in self._subscribed:
            client.subscribe(topic, QOS)
        self._delay = self._first_delay
        self.trouble = ""
        self._connected.set()
        self._fresh.set()
        log.info("the broker %s is there", self._config.broker)

    def _on_disconnect(self, *_: Any) -> None:
        self._connected.clear()

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        del client, userdata
        content = message.payload[:100].decode(errors="replace")
        self._received(message.topic, content, message.retain)

    def _say(self, trouble: str) -> None:
        """Once is enough, until it is another trouble."""
        if trouble != self.trouble:
            log.warning("%s. It is tried again and again; the lamp does without", trouble)
        self.trouble = trouble


def port(config: Mqtt) -> int:
    """The broker's port: the usual one where lamp.yaml says none."""
    return config.port or (8883 if config.tls else 1883)


def password(config: Mqtt) -> str:
    """What is in the password file; empty where there is none.

    Raises:
        MqttError: it cannot be read, or others can read it, too.
    """
    if not config.password_file:
        return ""
    path = Path(config.password_file).expanduser()
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise MqttError(f"mqtt.password_file {path} cannot be read: {error}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise MqttError(f"{path} can be read by others. Do: chmod 600 {path}")
    return text.strip("\r\n")
