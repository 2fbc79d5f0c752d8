"""``python -m lamp.recorder CONFIG_FILE``."""

from lamp.process import main
from lamp.recorder.process import serve

if __name__ == "__main__":
    main("recorder", serve)
