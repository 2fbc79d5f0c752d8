"""A page for the phones and browsers of the same network: what the lamp heard, did and learned.

A process of its own, off unless lamp.yaml wants it. It reads the diary and what the processes
say of themselves, and sends a few messages; the lamp is whole without it. Whoever is not paired
sees nothing and moves nothing.
"""
