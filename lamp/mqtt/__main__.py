"""``python -m lamp.mqtt CONFIG_FILE``."""

from lamp.mqtt.process import serve
from lamp.runtime.entry_point import main

if __name__ == "__main__":
    main("mqtt", serve)
