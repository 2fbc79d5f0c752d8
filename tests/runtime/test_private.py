"""Nobody else gets in, and what is heard gets out in no way: not by a crash, not by a file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lamp.clock import LiveClock
from lamp.errors import MailboxError
from lamp.runtime.files import write_whole
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.private import own_directory, owned

CRASHES = """
import os, resource, sys
infinity = resource.RLIM_INFINITY
resource.setrlimit(resource.RLIMIT_CORE, (infinity, infinity))  # as curious systems have it
sys.argv[1] == "protected" and __import__("lamp.runtime.private").runtime.private.protect()
heard = b"what was just being said" * 1000
print(resource.getrlimit(resource.RLIMIT_CORE)[0], os.environ.get("GGML_NO_BACKTRACE"), flush=True)
open("made", "w").close()
os.abort()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="cores are told about in another way")
def test_a_crash_leaves_no_core_and_files_are_for_their_owner(tmp_path):
    for how, dumps in (("naked", True), ("protected", False)):
        folder = tmp_path / how
        folder.mkdir()
        child = os.fork()
        if child == 0:  # only the parent of a process hears whether it left a core
            os.chdir(folder)
            os.dup2(os.open(folder / "said", os.O_CREAT | os.O_WRONLY), 1)
            os.execv(sys.executable, [sys.executable, "-c", CRASHES, how])
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            pytest.skip("this user may not ask for cores")
        said = (folder / "said").read_text()
        if dumps:
            if not os.WCOREDUMP(status):
                pytest.skip("this machine writes no cores")
        else:
            assert not os.WCOREDUMP(status)
            assert said == "0 1\n"
            assert (folder / "made").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="prctl")
def test_another_program_cannot_read_the_memory_of_a_process_of_the_lamp(tmp_path):
    code = (
        "import ctypes; from lamp.runtime.private import protect;"
        "protect(); print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "0\n"


def test_every_process_and_every_command_protects_itself_first():
    for module in ("runtime/entry_point.py", "cli/main.py"):
        text = (Path(__file__).parents[2] / "lamp" / module).read_text()
        assert re.search(r'"""\n    protect\(', text), module


def test_a_directory_is_made_for_its_owner(tmp_path):
    own_directory(tmp_path / "deep" / "run")
    assert (tmp_path / "deep" / "run").stat().st_mode & 0o777 == 0o700
    assert owned(tmp_path / "deep" / "run") == tmp_path / "deep" / "run"


def test_a_link_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(MailboxError):
        own_directory(tmp_path / "run")


def test_a_directory_that_others_can_take_away_is_refused(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(MailboxError, match="another directory in the place of"):
        own_directory(tmp_path / "open" / "run")
    (tmp_path / "open").chmod(0o1777)  # as /tmp
    own_directory(tmp_path / "open" / "run")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make somebody else's directory")
def test_somebody_elses_directory_is_refused(tmp_path):
    (tmp_path / "run").mkdir()
    os.chown(tmp_path / "run", 65534, 65534)
    with pytest.raises(MailboxError):
        own_directory(tmp_path / "run")


def test_nothing_is_written_into_a_directory_of_others(tmp_path, caplog):
    """An attacker's links in it made the lamp overwrite any file of its owner."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    trap = tmp_path / "run"
    (trap / "health").mkdir(parents=True)
    trap.chmod(0o777)
    (trap / "health" / "operator.json.new").symlink_to(precious)
    Heartbeat(trap, "operator", LiveClock()).beat(state="working")
    assert precious.read_text() == "mine"
    assert list((trap / "health").iterdir()) == [trap / "health" / "operator.json.new"]
    assert "can be written by others" in caplog.text


def test_a_file_is_written_through_no_link(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "lamp.json.new").symlink_to(precious)
    (tmp_path / "lamp.json").symlink_to(precious)
    write_whole(tmp_path / "lamp.json", "the lamp's")
    assert precious.read_text() == "mine"
    assert (tmp_path / "lamp.json").read_text() == "the lamp's"
    assert (tmp_path / "lamp.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_whole_lamp_in_a_trap_writes_nothing_and_the_switch_still_works(tmp_path):
    trap = tmp_path / "run"
    trap.mkdir(mode=0o777)
    trap.chmod(0o777)
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (trap / "lamp.json.new").symlink_to(precious)
    yaml = tmp_path / "lamp.yaml"
    yaml.write_text(f"places: {{state: {tmp_path / 'state'}, runtime: {trap}}}\n")
    command = [sys.executable, "-c", "from lamp.cli import main; main()", "--config", str(yaml)]
    ran = subprocess.run([*command, "run"], capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "can be written by others" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert precious.read_text() == "mine"
    assert [path.name for path in trap.iterdir()] == ["lamp.json.new"]
