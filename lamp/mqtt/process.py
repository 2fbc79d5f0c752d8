"""The process between the lamp and an MQTT broker."""

from __future__ import annotations

import time

from lamp.clock import Clock
from lamp.config import Config
from lamp.errors import MqttError
from lamp.mailbox import Mailbox
from lamp.mqtt.bridge import Bridge
from lamp.runtime.heartbeat import Heartbeat

LOOK_EVERY = 1.0  # s
BEAT_EVERY = 10.0  # s, unless there is news: it should need no processor to speak of


def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    """Be the bridge until told to stop.

    Raises:
        MqttError: the password cannot be had, or the packages are not installed.
    """
    try:
        from lamp.mqtt.broker import Broker  # noqa: PLC0415  an optional extra
    except ImportError as error:
        raise MqttError(
            f"MQTT needs packages that are not installed ({error.name})."
            " Do, in the lamp's directory: pip install '.[mqtt]'"
        ) from error
    bridge = Bridge(config, clock, mailbox.send)
    broker = Broker(config.mqtt, bridge.subscribed, bridge.received)
    bridge.publisher = broker
    broker.start()
    told: tuple[bool, str] | None = None
    beat_at = 0.0
    try:
        while not mailbox.stopped:
            bridge.look()
            news = (broker.connected, broker.trouble)
            if news != told or time.monotonic() >= beat_at:
                beat_at = time.monotonic() + BEAT_EVERY
                heartbeat.beat(state="serving", connected=news[0], trouble=news[1])
            if news != told:
                told = news
                heartbeat.last("serving")  # written at once
            delivery = mailbox.get(LOOK_EVERY)
            if delivery is not None:
                delivery.ack()
    finally:
        broker.close()
