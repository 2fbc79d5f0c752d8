"""The process between the lamp and an MQTT broker."""

from __future__ import annotations

from lamp.clock import Clock
from lamp.config import Config
from lamp.errors import MqttError
from lamp.mailbox import Mailbox
from lamp.mqtt.bridge import Bridge
from lamp.runtime.heartbeat import Heartbeat

LOOK_EVERY = 1.0  # s


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
    try:
        while not mailbox.stopped:
            bridge.look()
            heartbeat.beat(state="serving", connected=broker.connected, trouble=broker.trouble)
            delivery = mailbox.get(LOOK_EVERY)
            if delivery is not None:
                delivery.ack()
    finally:
        broker.close()
