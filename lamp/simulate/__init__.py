"""A simulated house: clips, a room, people and a switch, for ``lamp demo`` and the tests."""
