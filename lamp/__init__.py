"""A lamp that learns its owner's voice from the switch."""

__version__ = "0.1.0"
