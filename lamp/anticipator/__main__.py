"""``python -m lamp.anticipator CONFIG_FILE``."""

from lamp.anticipator.process import serve
from lamp.runtime.entry_point import main

if __name__ == "__main__":
    main("anticipator", serve)
