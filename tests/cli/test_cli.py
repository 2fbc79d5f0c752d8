"""The lamp command: what it prints, and exit statuses that mean something."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lamp.cli import main
from lamp.cli.main import COMMANDS
from lamp.cli.run import adapted
from lamp.clock import LiveClock
from lamp.config import Config
from lamp.diary.exchange import Exchange, Label, Moment
from lamp.diary.reader import FlipEntry
from lamp.diary.writer import Diary
from lamp.errors import (
    EXIT_AUDIO,
    EXIT_CONFIG,
    EXIT_FAILED,
    EXIT_MODEL,
    EXIT_PINS,
    EXIT_STATE,
    BadRecording,
)
from lamp.mailbox import Mailbox
from lamp.recorder.recordings import recordings_in
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.paths import lock_state
from lamp.runtime.processes import PROCESSES
from tests.anticipator.conftest import NOON
from tests.recorder.wav_files import encoded, tone, wav


class Home:
    """A directory with a lamp.yaml and everything the lamp keeps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.runtime = folder / "run"
        self.file = folder / "lamp.yaml"
        self.configure("")

    def configure(self, more: str) -> None:
        self.file.write_text(
            f"places: {{state: {self.state}, runtime: {self.runtime}, models: {self.folder}/m}}\n"
            + more
        )

    def lamp(self, *arguments: str | Path) -> Result:
        command = ["--config", str(self.file), *(str(each) for each in arguments)]
        return CliRunner().invoke(main, command, catch_exceptions=False)

    def with_diary(self) -> Home:
        diary = Diary.open(self.state / "diary.sqlite")
        for number, text in enumerate(("lumos", "what a day"), start=1):
            exchange = Exchange(
                id=f"u{number}",
                text=text,
                confidence=0.9,
                started=number,
                ended=number + 1,
                state_before="dark",
                probabilities=(0.8, 0.15, 0.05),
                reason="lit is 15% likely, 60% needed",
                stages={"model": 0.012},
                level_db=-21.0,
                words=(0.9, 0.07, 0.03),
                moment=Moment(12.0, 300.0, len(text), -21.0),
            )
            diary.write_exchange(exchange, NOON)
        flip = FlipEntry("f1", "lit", 5.0, NOON.isoformat(), "", "u1")
        diary.write_flip(flip, [("u1", Label("lit", 1.0, "flip", "f1"))])
        diary.write_flip(FlipEntry("f2", "dark", 50.0, NOON.isoformat(), "", ""), [])
        diary.close()
        return self


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_help_names_every_command(home: Home) -> None:
    shown = home.lamp("--help").output
    assert all(name in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_asked_for_help(home: Home, name: str) -> None:
    result = home.lamp(name, "--help")
    assert (result.exit_code, "Usage:" in result.output) == (0, True)


def test_an_unknown_command_is_refused(home: Home) -> None:
    assert home.lamp("shine").exit_code == 2


def test_why_tells_in_sentences_what_was_heard_done_and_learned(home: Home) -> None:
    shown = " ".join(home.with_diary().lamp("why").output.split())
    assert "1 Jun 12:00:00 heard “lumos”. ID u1 The lamp stayed dark." in shown
    assert "It was only 15% sure that lit was wanted, and needs 60%." in shown
    assert "You flipped the switch at 12:00:00, so it counts as lit now." in shown
    assert "It is not known yet what it meant." in shown
    assert "lamp forget ID" in shown


@pytest.mark.parametrize("columns", [80, 40, 200])
def test_why_fits_the_window(home: Home, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = home.with_diary().lamp("why").output.splitlines()
    assert max(len(line) for line in lines if line.startswith("  ")) <= min(columns, 100)


@pytest.mark.parametrize("command", ["why", "history"])
@pytest.mark.parametrize("count", ["0", "-3"])
def test_less_than_one_is_no_number_to_show(home: Home, command: str, count: str) -> None:
    assert home.with_diary().lamp(command, "-n", count).exit_code == 2


def label_of(home: Home, name: str) -> Label | None:
    with closing(Diary.open(home.state / "diary.sqlite", read_only=True)) as diary:
        exchange = diary.exchange(name)
        assert exchange is not None
        return exchange.label


def test_what_was_meant_can_be_said_by_commands(home: Home) -> None:
    home.with_diary()
    assert home.lamp("meant", "dark").output == "“what a day” counts as dark now.\n"
    assert label_of(home, "u2") == Label("dark", 1.0, "flip", "told")
    assert home.lamp("wrong", "u1").output == "“lumos” counts as talk now.\n"
    assert label_of(home, "u1") == Label("none", 1.0, "correction", "told")
    assert home.lamp("freeze", "on").output.startswith("Learning is frozen")
    assert home.lamp("freeze", "off").output == "The lamp learns again.\n"


def test_wrong_without_an_id_is_about_what_the_lamp_did_last(home: Home) -> None:
    result = home.with_diary().lamp("wrong")
    assert (result.exit_code, "has done nothing" in result.stderr) == (EXIT_STATE, True)
    with closing(Diary.open(home.state / "diary.sqlite")) as diary:
        acted = Exchange("u3", "lumus", 0.9, 60, 61, "dark", action="lit")
        diary.write_exchange(acted, NOON)
        diary.write_exchange(replace(acted, id="u4", action="none"), NOON)
    assert "lumus" in home.lamp("wrong").output
    assert label_of(home, "u3").source == "correction"


def test_one_thing_can_be_forgotten_by_its_id_or_as_the_last(home: Home) -> None:
    home.with_diary()
    assert home.lamp("forget", "u1").output == "Forgotten.\n"
    assert home.lamp("forget", "last").output == "Forgotten.\n"
    assert home.lamp("why").output == "Nothing was heard yet.\n"
    result = home.lamp("forget", "u1")
    assert (result.exit_code, "The ids are in: lamp why" in result.stderr) == (EXIT_STATE, True)


def test_asked_of_a_busy_lamp_it_waits(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamp.owner.asking.ask.__defaults__", (0.05, lambda _: None))
    with lock_state(home.with_diary().state, "anticipator"):
        assert "as soon as it can" in home.lamp("wrong", "u1").output


def test_a_backup_brings_back_what_was_there(home: Home) -> None:
    file = home.folder / "my backup"
    assert home.with_diary().lamp("backup", file).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    before = home.lamp("diary", "export").output
    home.lamp("forget", "u1")
    models = home.state / "models"
    models.mkdir()
    (models / "model-000001.lamp").write_bytes(b"of what was learned since")
    result = home.lamp("restore", file, "--yes")
    assert (result.exit_code, "2 things it heard" in result.output) == (0, True)
    assert home.lamp("diary", "export").output == before
    assert list(models.iterdir()) == []
    assert {path.name for path in home.state.iterdir() if "restoring" in path.name} == set()


def test_a_backup_replaces_no_file_and_needs_a_diary(home: Home) -> None:
    assert "nothing to back up" in home.lamp("backup", home.folder / "b").stderr
    (home.folder / "b").write_text("mine")
    result = home.with_diary().lamp("backup", home.folder / "b")
    assert (result.exit_code, "is there already" in result.stderr) == (EXIT_STATE, True)
    assert (home.folder / "b").read_text() == "mine"
    assert home.lamp("backup", home.folder / "no" / "such" / "folder").exit_code == EXIT_STATE


@pytest.mark.parametrize("content", [b"", b"no diary at all" * 500, None])
def test_what_is_no_backup_changes_nothing(home: Home, content: bytes | None) -> None:
    file = home.folder / "b"
    home.with_diary().lamp("backup", file)
    if content is None:
        whole = file.read_bytes()
        file.write_bytes(whole[:8192] + b"?" * 4096 + whole[12288:])
    else:
        file.write_bytes(content)
    before = home.lamp("diary", "export").output
    result = home.lamp("restore", file, "--yes")
    assert (result.exit_code, len(result.stderr.splitlines())) == (EXIT_STATE, 1)
    assert home.lamp("diary", "export").output == before


def test_a_diary_with_a_log_of_unfinished_writes_is_replaced_whole(home: Home) -> None:
    """SQLite would read the old log into the new file."""
    file = home.folder / "b"
    home.with_diary().lamp("backup", file)
    writer = Diary.open(home.state / "diary.sqlite")
    writer.write_exchange(Exchange("u9", "THEREAFTER", 0.9, 60, 61, "dark"), NOON)
    killed = {path.name: path.read_bytes() for path in home.state.glob("diary.sqlite*")}
    writer.close()
    for name, content in killed.items():
        (home.state / name).write_bytes(content)
    assert home.lamp("restore", file, "--yes").exit_code == 0
    assert "THEREAFTER" not in home.lamp("diary", "export").output


def test_a_running_lamp_is_not_given_another_memory(home: Home) -> None:
    file = home.folder / "b"
    home.with_diary().lamp("backup", file)
    with lock_state(home.state, "trainer"):
        assert home.lamp("restore", file, "--yes").exit_code == EXIT_STATE


@pytest.mark.parametrize("command", ["why", "history", "status", "doctor", "diary export"])
@pytest.mark.parametrize("whole_head", [0, 4096])
def test_a_damaged_diary_is_named_in_a_line(home: Home, command: str, whole_head: int) -> None:
    path = home.with_diary().state / "diary.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:whole_head] + b"?" * (len(content) - whole_head))
    result = home.lamp(*command.split())
    assert result.exit_code != 0
    assert "is damaged" in result.output


def test_any_binary_thing_is_called_what_its_owner_calls_it(home: Home) -> None:
    home.with_diary().configure("names: {thing: fan, lit: 'on', dark: 'off'}")
    shown = " ".join(home.lamp("why").output.split())
    assert "The fan stayed off." in shown
    assert "counts as on now" in shown
    assert "off   by hand" in home.lamp("history").output


def test_why_speaks_json_to_scripts(home: Home) -> None:
    lines = home.with_diary().lamp("why", "--json", "-n", "1").output.splitlines()
    (exchange,) = [json.loads(line) for line in lines]
    assert (exchange["text"], exchange["label"]) == ("what a day", None)
    assert exchange["wall"] == NOON.isoformat(timespec="milliseconds")
    assert exchange["explanation"]["happened"] == "The lamp stayed dark."


def test_history_tells_which_flip_was_about_what(home: Home) -> None:
    shown = home.with_diary().lamp("history").output
    assert "2026-06-01 12:00:00  lit   by hand, about “lumos”" in shown
    assert "dark  by hand, about nothing that was said" in shown
    assert "2 flips, and 2 things heard" in shown


def test_history_speaks_json_to_scripts(home: Home) -> None:
    lines = home.with_diary().lamp("history", "--json").output.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["lumos", None]


@pytest.mark.parametrize("command", ["why", "history"])
def test_without_a_diary_one_is_told_to_start_the_lamp(home: Home, command: str) -> None:
    result = home.lamp(command)
    assert result.exit_code == EXIT_STATE
    assert "Start the lamp with: lamp run" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_status_of_a_lamp_that_is_off_says_so_and_is_a_failure(home: Home) -> None:
    result = home.lamp("status")
    assert result.exit_code == EXIT_FAILED
    assert result.output.startswith("The lamp is off: no lamp is running here.")
    for name in PROCESSES:  # and so after it has ended
        beat(home, name, state="stopped")
        bury(home, name)
    assert home.lamp("status").output.startswith("The lamp is off")


def beat(home: Home, name: str, **facts: object) -> None:
    Heartbeat(home.runtime, name, LiveClock()).last(**facts)  # type: ignore[arg-type]


def bury(home: Home, name: str) -> None:
    path = home.runtime / "health" / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pid": 2**22 + 1}))


def test_status_of_five_well_processes_is_a_success(home: Home) -> None:
    for name in ("trainer", "transcriber", "anticipator"):
        beat(home, name, state="waiting")
    beat(home, "recorder", state="listening", level_db=-42.125, muted=False)
    beat(home, "operator", state="working", lamp="lit")
    result = home.with_diary().lamp("status")
    assert result.exit_code == 0
    assert result.output.startswith("The lamp is lit. It listens.\n")
    assert result.output.count("  ok ") == 5
    assert "listening, -42 dB in the room" in result.output
    assert "It remembers 2 things it heard, and 1 lesson by your hand." in result.output
    assert max(map(len, result.output.splitlines())) <= 80
    report = json.loads(home.lamp("status", "--json").output)
    assert report["well"]
    assert report["processes"]["recorder"]["facts"]["level_db"] == -42.125
    beat(home, "recorder", state="muted", muted=True)
    beat(home, "anticipator", state="listening", frozen=True)
    home.configure("names: {thing: fan, lit: 'on', dark: 'off'}")
    shown = home.lamp("status").output
    assert "The fan is on. It is muted" in shown
    assert "lamp freeze off" in shown


def test_a_lamp_that_has_become_just_a_switch_says_so(home: Home) -> None:
    home.runtime.mkdir(parents=True, exist_ok=True)
    (home.runtime / "just-a-switch").touch()
    assert "just a switch" in home.lamp("status").output
    (home.runtime / "just-a-switch").unlink()
    assert "just a switch" not in home.lamp("status").output


def test_status_of_a_board_that_cannot_keep_up_says_so(home: Home) -> None:
    for name in PROCESSES:
        Heartbeat(home.runtime, name, LiveClock()).beat(
            state="overloaded" if name == "transcriber" else "listening"
        )
    result = home.with_diary().lamp("status")
    assert result.exit_code == EXIT_FAILED
    assert "overloaded" in result.output


def test_a_process_whose_number_is_gone_is_said_not_to_run(home: Home) -> None:
    for name in PROCESSES:
        beat(home, name, state="working")
    bury(home, "trainer")
    (line,) = [line for line in home.lamp("status").output.splitlines() if "BAD" in line]
    assert line.split() == ["BAD", "learning", "does", "not", "run."]
    assert (
        json.loads(home.lamp("status", "--json").output)["processes"]["trainer"]["state"] == "dead"
    )


def test_a_lamp_that_cannot_write_its_diary_is_not_well(home: Home) -> None:
    """Nothing was stored for a day, and `lamp status` ended with 0."""
    for name in PROCESSES:
        heartbeat = Heartbeat(home.runtime, name, LiveClock())
        trouble = "the disk is full" if name == "anticipator" else ""
        heartbeat.beat(state="working", trouble=trouble)
    result = home.lamp("status")
    assert result.exit_code == EXIT_FAILED
    (line,) = [line for line in result.output.splitlines() if "diary" in line]
    assert line.split()[0] == "BAD"
    assert "the disk is full" in line


def test_config_check_says_when_all_is_well_and_what_is_not(home: Home) -> None:
    assert home.lamp("config", "check").output == "The configuration is good.\n"
    in_force = json.loads(home.lamp("config", "check", "--json").output)
    assert in_force["deciding"]["boldness"] == Config().deciding.boldness
    home.configure("pins: {relais: 3}")
    result = home.lamp("config", "check")
    assert result.exit_code == EXIT_CONFIG
    assert "unknown key 'pins.relais'. Did you mean 'relay'?" in result.stderr


@pytest.mark.parametrize(
    ("mistake", "status", "says"),
    [
        ("pins: {relay: 2}", EXIT_PINS, "3.3 V or 5 V supply"),
        ("pins: {relay: 99}", EXIT_CONFIG, "pins.relay is 99, but must lie between 1 and 40"),
        ("pins: {board: le-potato, switch: 15}", EXIT_PINS, "is a test strap"),
        ("pins: {board: toaster}", EXIT_PINS, "pins.board 'toaster' is unknown"),
        ("hearing: {model: elephant}", EXIT_MODEL, "no acoustic model 'elephant'"),
        ("hearing: {model: /dev}", EXIT_MODEL, "/dev lacks model.onnx"),
        ("hearing: {model: /nowhere/at/all}", EXIT_MODEL, "no directory /nowhere/at/all"),
        ("pins: {debounce: 20}", EXIT_CONFIG, "must lie between 0 and 0.5"),
        ("pins: {relay: 36}\npins: {led: 33}", EXIT_CONFIG, "'pins' is there twice"),
        ("deciding: {flip_window: .inf}", EXIT_CONFIG, "expected `float`, got `str`"),
        ("deciding: {flip_window: inf}", EXIT_CONFIG, "must lie between 0.1 and 3600"),
        ("boldness: 0.2", EXIT_CONFIG, "unknown key 'boldness'. It belongs under deciding:"),
        ("pins: {switch_kind: toggle}", EXIT_CONFIG, "(one of: latching, momentary)"),
        ("deciding: {flip_window: nan}", EXIT_CONFIG, "must lie between 0.1 and 3600"),
    ],
)
def test_config_check_finds_what_the_board_would_refuse(
    home: Home, mistake: str, status: int, says: str
) -> None:
    home.configure(mistake)
    result = home.lamp("config", "check")
    assert (result.exit_code, says in result.output) == (status, True), result.output
    assert len(result.output.splitlines()) == 1


def test_config_check_finds_a_state_directory_that_cannot_be_made(home: Home) -> None:
    (home.folder / "taken").write_text("a file")
    home.file.write_text(f"places: {{state: {home.folder / 'taken' / 'state'}}}")
    result = home.lamp("config", "check")
    assert (result.exit_code, "is no directory" in result.output) == (EXIT_STATE, True)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("key", ["state", "runtime"])
def test_config_check_finds_a_directory_that_nobody_can_make(home: Home, key: str) -> None:
    """For another user than that of the services it says nothing of permissions."""
    home.file.write_text(f"places: {{{key}: /proc/self/task/lamp}}")
    result = home.lamp("config", "check")
    assert (result.exit_code, "cannot be made" in result.output) == (EXIT_STATE, True)
    (home.folder / "elsewhere").mkdir()
    home.file.write_text(f"places: {{{key}: {home.folder}/elsewhere/lamp}}")
    assert home.lamp("config", "check").exit_code == 0
    assert not list((home.folder / "elsewhere").iterdir())


def test_a_config_file_that_is_not_there_is_told(home: Home) -> None:
    home.file.unlink()
    assert home.lamp("status").exit_code == EXIT_CONFIG


def test_transcribe_reports_what_it_cannot_read(home: Home) -> None:
    empty = home.folder / "empty.wav"
    empty.write_bytes(b"")
    result = home.lamp("transcribe", empty, home.folder / "missing.wav")
    assert result.exit_code == EXIT_AUDIO
    assert "empty.wav" in result.stderr
    assert "missing.wav" in result.stderr


def test_transcribe_goes_on_after_a_bad_file_of_a_folder(home: Home) -> None:
    """One bad file ended its whole folder."""
    folder = home.folder / "sounds"
    folder.mkdir()
    for name in ("a", "c"):
        (folder / f"{name}.wav").write_bytes(wav(encoded(tone(16_000), 16)))
    (folder / "b.wav").write_bytes(b"")
    result = home.lamp("transcribe", folder)
    assert result.exit_code == EXIT_AUDIO
    assert [line.split(":")[0][-5:] for line in result.stdout.splitlines()] == ["a.wav", "c.wav"]
    assert "b.wav holds no sound" in result.stderr


def test_a_long_recording_is_transcribed_in_pieces(home: Home) -> None:
    long = home.folder / "long.wav"
    long.write_bytes(wav(encoded(tone(8000, 70.0), 16), rate=8000))
    result = home.lamp("transcribe", "--json", long)
    assert result.exit_code == 0
    assert [json.loads(line)["at"] for line in result.stdout.splitlines()] == [0, 30, 60]


@pytest.mark.slow
def test_transcribe_goes_on_behind_a_file_of_a_folder_that_it_cannot_read(home: Home) -> None:
    from lamp.simulate.repertoire import CLIPS

    folder = home.folder / "recordings"
    folder.mkdir()
    (folder / "a-empty.wav").write_bytes(b"")
    for name in ("b.wav", "c.wav"):
        (folder / name).write_bytes((CLIPS / "ada-lumos-1.wav").read_bytes())
    result = home.lamp("transcribe", folder)
    assert result.exit_code == EXIT_AUDIO
    assert [line.partition(":")[0][-5:] for line in result.stdout.splitlines()] == [
        "b.wav",
        "c.wav",
    ]


def test_what_may_not_be_read_is_a_line_and_no_traceback(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", refuse)
        with pytest.raises(BadRecording, match="may not read"):
            recordings_in(Path("x.wav"))


def test_two_who_mute_at_once_do_not_disturb_each_other(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamp.cli.mute.PATIENCE", 0.3)
    home.runtime.mkdir(mode=0o700)
    other = Mailbox(home.runtime, "mute")
    threading.Timer(0.2, other.close).start()
    assert "the recorder does not answer" in home.lamp("mute").stderr


def test_on_a_machine_without_pins_run_ends_and_says_what_to_do(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    result = home.lamp("run")
    assert result.exit_code == EXIT_PINS
    assert "lamp run --simulate" in result.stderr


@pytest.mark.parametrize("options", [["--seed", "-1"], ["--minutes", "0"], ["--minutes", "-1"]])
def test_an_impossible_evening_is_a_line(home: Home, options: list[str]) -> None:
    result = home.lamp("demo", *options)
    assert (result.exit_code, "Error: Invalid value" in result.stderr) == (2, True)


def test_a_demo_that_cannot_be_kept_anywhere_is_a_line(home: Home) -> None:
    (home.folder / "taken").write_text("")
    result = home.lamp("demo", "--out", home.folder / "taken" / "out")
    assert (result.exit_code, "Give a --out" in result.stderr) == (EXIT_STATE, True)


def test_transcribe_with_an_unknown_model_names_those_there_are(home: Home) -> None:
    home.configure("hearing: {model: elephant}")
    result = home.lamp("transcribe", home.file)
    assert result.exit_code == EXIT_MODEL
    assert "potato-wav2vec2" in result.stderr


def test_models_are_listed_with_a_star_at_the_one_in_use(home: Home) -> None:
    assert "* potato-wav2vec2" in home.lamp("models", "list").output


def test_rolling_back_without_an_earlier_model_is_refused(home: Home) -> None:
    result = home.lamp("models", "rollback")
    assert result.exit_code == EXIT_STATE
    assert "no earlier model" in result.stderr


@pytest.mark.parametrize("content", [b"not a model at all", b"LAMPLM\r\nhalf of one", None])
def test_no_earlier_model_that_can_be_used_is_told_in_a_line(
    home: Home, content: bytes | None
) -> None:
    models = home.state / "models"
    models.mkdir(parents=True)
    if content is None:
        (models / "model-000001.lamp").mkdir()
    else:
        (models / "model-000001.lamp").write_bytes(content)
    result = home.lamp("models", "rollback")
    assert result.exit_code == EXIT_STATE
    assert len(result.stderr.splitlines()) == 1
    assert "model-000001.lamp" in result.stderr


def test_the_diary_is_exported_whole(home: Home) -> None:
    lines = home.with_diary().lamp("diary", "export").output.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["lumos", "what a day"]
    walls = {json.loads(line)["wall"] for line in lines}
    assert walls == {NOON.isoformat(timespec="milliseconds")}


def test_erasing_forgets_everything_but_asks_first(home: Home) -> None:
    home.with_diary()
    assert home.lamp("diary", "erase").exit_code != 0  # nobody answered the question
    assert (home.state / "diary.sqlite").exists()
    assert home.lamp("diary", "erase", "--yes").exit_code == 0
    assert not (home.state / "diary.sqlite").exists()


def test_erasing_leaves_no_word_anywhere(home: Home) -> None:
    """Damaged diaries, copies, logs and what waits between two processes were left before."""
    home.with_diary()
    words = [home.state / "diary.sqlite.damaged-1", home.state / "diary.sqlite.damaged-1-wal"]
    words += [home.state / "diary.sqlite.copy", home.state / "models" / "model-000001.lamp"]
    words += [home.state / "flips.journal", home.runtime / "transcripts.journal"]
    words += [home.runtime / "lamp.log", home.runtime / "health" / "anticipator.json"]
    for path in words:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("heard 'lumos'")
    (home.state / "operator.json").write_text("{}")
    assert home.lamp("diary", "erase", "--yes").exit_code == 0
    left = [path for path in (*home.state.rglob("*"), *home.runtime.rglob("*")) if path.is_file()]
    assert [path.name for path in left if b"lumos" in path.read_bytes()] == []
    assert (home.state / "operator.json").exists()  # the lamp itself stays as it is


def test_nothing_is_erased_under_a_running_lamp(home: Home) -> None:
    home.with_diary()
    with lock_state(home.state, "anticipator"):
        result = home.lamp("diary", "erase", "--yes")
    assert result.exit_code == EXIT_STATE
    assert "while the lamp is on. Stop it first" in result.stderr
    assert "systemctl stop" in result.stderr
    assert (home.state / "diary.sqlite").exists()


def test_mute_says_when_nobody_is_there_to_be_muted(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamp.cli.mute.PATIENCE", 0.05)
    result = home.lamp("mute")
    assert result.exit_code == EXIT_FAILED
    assert "the recorder does not answer" in result.stderr


def test_doctor_says_how_to_mend_a_missing_model(home: Home) -> None:
    home.configure("hearing: {model: elephant}")
    result = home.lamp("doctor", "--simulate")
    assert result.exit_code == EXIT_FAILED
    assert "BAD  acoustic model elephant" in result.output
    assert "lamp models add" in result.output


def test_doctor_finds_recordings_and_a_shipped_model(home: Home) -> None:
    home.configure(f"audio: {{source: {home.folder}}}")
    result = home.lamp("doctor", "--simulate", "--json")
    findings = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert all(finding["ok"] for finding in findings)


def test_the_command_line_wins_over_lamp_yaml(home: Home) -> None:
    config = adapted(Config(), simulate=True, audio=home.folder)
    assert config.pins.board == "simulated"
    assert config.audio.source == str(home.folder)
    assert Path(config.places.state).is_absolute()


def test_a_runtime_directory_that_cannot_be_used_leaves_the_switch(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a laptop: the lamp ended, though its operator can do without."""
    started: list[list[str]] = []

    def call(command: list[str]) -> int:
        started.append(command)
        return 0

    monkeypatch.setattr("lamp.cli.run.subprocess.call", call)
    home.runtime.write_text("a file")
    home.configure("pins: {board: simulated}")
    result = home.lamp("run")
    assert result.exit_code == 0
    assert [command[1:3] for command in started] == [["-m", "lamp.operator"]]
    assert "Give places.runtime in lamp.yaml a directory" in result.stderr
    assert "just a switch" in result.stderr


def test_a_mistake_in_lamp_yaml_leaves_the_switch(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def call(command: list[str]) -> int:
        started.append(command)
        return EXIT_CONFIG

    monkeypatch.setattr("lamp.cli.run.subprocess.call", call)
    home.configure("audoi: {}")
    result = home.lamp("run")
    assert result.exit_code == EXIT_CONFIG
    assert started[0][1:] == ["-m", "lamp.operator", str(home.file)]
    assert "Did you mean 'audio'?" in result.stderr
    assert "just a switch" in result.stderr
    assert home.lamp("run", "--simulate").exit_code == EXIT_CONFIG
    assert len(started) == 1
