"""``python -m lamp.recorder CONFIG_FILE``."""

from lamp.recorder.process import serve
from lamp.runtime.entry_point import main

if __name__ == "__main__":
    main("recorder", serve)
