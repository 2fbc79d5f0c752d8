"""What runs inside the machines of tests/hil/machine.py."""
