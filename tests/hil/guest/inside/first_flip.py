"""In the guest: flips the switch as soon as the operator is ready; prints, in s from its start,
when it was ready and when the relay had followed."""

import subprocess
import time
from pathlib import Path

SWITCH, RELAY = Path("/run/switch"), Path("/run/relay")


def show(name: str) -> str:
    asked = ["systemctl", "show", "-P", name, "lamp-operator"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


while show("ActiveState") != "active":
    time.sleep(0.05)
started, ready = (
    int(show(name)) / 1e6
    for name in ("ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic")
)
before, flipped = RELAY.read_text(), time.monotonic()
SWITCH.write_text("pull-down" if SWITCH.read_text().strip() == "pull-up" else "pull-up")
while RELAY.read_text() == before and time.monotonic() < flipped + 10:
    time.sleep(0.005)
followed = time.monotonic() - flipped
print(f"{ready - started:.2f} {ready - started + followed:.2f}")
