"""Speed and memory, measured: ``python -m bench.NAME`` for one, ``python -m bench`` for all."""
