"""python -m lamp.operator [CONFIG_FILE]."""

from lamp.operator.process import serve
from lamp.process import main

main("operator", serve)
