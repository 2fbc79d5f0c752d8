"""In the guest: runs the bench's commands, one a line, on the line given as argument.

Both ways a line is base64 of JSON: {"command": shell text, "timeout": s} and
{"status": exit status, "output": what it printed}.
"""

import base64
import json
import subprocess
import sys
import tty

LATE = 124  # exit status of a command that took too long, as timeout(1) has it


def run(command: str, timeout: float) -> dict[str, object]:
    done = subprocess.Popen(
        ["/bin/bash", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        start_new_session=True,
    )
    try:
        output, _ = done.communicate(timeout=timeout)
        status = done.returncode
    except subprocess.TimeoutExpired:
        done.kill()
        output, _ = done.communicate()
        status = LATE
    return {"status": status, "output": output.decode(errors="replace")}


def main() -> None:
    with open(sys.argv[1], "r+b", buffering=0) as line:
        tty.setraw(line.fileno())
        line.write(b"bench: here\n")
        waiting = b""
        while True:
            waiting += line.read(4096)
            while b"\n" in waiting:
                asked, _, waiting = waiting.partition(b"\n")
                answer = run(**json.loads(base64.b64decode(asked)))
                line.write(b"bench: " + base64.b64encode(json.dumps(answer).encode()) + b"\n")


main()
