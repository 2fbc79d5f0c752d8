"""The claims of the talk and the papers, tried on small data: ``python -m bench.science``."""
