"""The lamp as a device of Home Assistant, by way of an MQTT broker.

A process of its own, off unless lamp.yaml wants it. It reads the diary and what the processes
say of themselves, tells the broker what changes, and hands on commands. The lamp does not notice
whether the broker is there.
"""
