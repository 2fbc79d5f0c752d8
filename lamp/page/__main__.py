"""``python -m lamp.page CONFIG_FILE``."""

from lamp.page.process import serve
from lamp.runtime.entry_point import main

if __name__ == "__main__":
    main("page", serve)
