"""``lamp listen``: try a word and a microphone, without teaching the lamp anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import click
import numpy as np

from lamp.anticipator.decision import threshold
from lamp.anticipator.words import shares
from lamp.cli.each_recording import each_recording
from lamp.cli.main import configuration
from lamp.clock import LiveClock
from lamp.config import Config
from lamp.diary.writer import Diary
from lamp.errors import MicrophoneBusy, StateError
from lamp.listen import in_words, meter
from lamp.listen.listener import Listener
from lamp.listen.word_findings import Known, Take, judge
from lamp.messages import SAMPLE_RATE, State, opposite
from lamp.recorder.block import BLOCK_SECONDS, Block
from lamp.recorder.microphone import Microphone, load_sounddevice
from lamp.recorder.recordings import PAUSE
from lamp.recorder.voice import SileroVoice
from lamp.recorder.watchdog import Watchdog
from lamp.recorder.wav import WavFile
from lamp.runtime.heartbeat import read_one
from lamp.runtime.paths import diary_path, runtime_directory
from lamp.transcriber.calibration import calibration_of
from lamp.transcriber.engine import make_engine

TIMES = 3  # a word is said
BLOCKS_A_LINE = round(1 / BLOCK_SECONDS)  # of the meter in a pipe: once a second
BLOCKS_A_FRAME = 3  # the same on a screen: ten times a second
ASK = "Be quiet for two seconds, then say a word three times, with a pause after each."
ASK_AGAIN = "Another one, for the other state? Three times again. Ctrl-C ends."


@click.command()
@click.argument("paths", metavar="[FILES]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--means", type=click.Choice(["lit", "dark"]), help="What the first word shall ask for."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, and no meter.")
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], means: State | None, as_json: bool
) -> None:
    """Say how well a word, and a microphone, would do.

    Without FILES it listens to the microphone: it shows the level, and when a word was said three
    times it tells how alike the three were, how far they are from what the diary knows, and
    whether the microphone is too quiet, clips or hums. FILES are WAV files or folders of them, in
    which words are said, each three times. Nothing is learned and no sound is kept.
    """
    config = configuration(ctx)
    session = _Session(config, means, as_json)
    if not paths:
        session.live()
        return
    status = each_recording(paths, session.play)
    session.end()
    ctx.exit(status)


def on_a_screen() -> bool:
    """Whether a line can be drawn over; in a pipe or a file each stays."""
    return sys.stdout.isatty()


class _Session:
    """One call of ``lamp listen``: what was said so far, and how it is told."""

    def __init__(self, config: Config, means: State | None, as_json: bool) -> None:
        self._config = config
        self._json = as_json
        self._listener = Listener(config.audio, SileroVoice(), make_engine(config))
        self._calibration = calibration_of(config)
        self._known = tuple(_known(config))
        self._wanted: list[State] = [means] if means else ["lit", "dark"]
        self._takes: list[Take] = []
        self._before: list[Take] = []
        self._now = 0.0  # s of recordings played
        self._moving = on_a_screen()
        self._drawn = False  # the meter stands on the last line

    def live(self) -> None:
        """Listen to the microphone until Ctrl-C."""
        with closing(_microphone(self._config)) as microphone:
            self._say(f"Listening to {microphone.device}.\n{ASK}")
            try:
                with Watchdog(microphone.device) as watchdog:
                    self._follow(watchdog.watched(microphone.blocks()))
            except KeyboardInterrupt:
                self._say("")
        if self._takes:
            self._judge()
        self._tell_microphone()

    def _follow(self, blocks: Iterator[Block]) -> None:
        for number, block in enumerate(blocks, start=1):
            if self._hear(block):
                self._tell_microphone()
                self._say(ASK_AGAIN)
            if not self._json:
                self._meter(number)

    def play(self, file: Path) -> None:
        """Hear a recording, and a pause after it.

        Raises:
            BadRecording: it cannot be read.
        """
        said = len(self._takes)
        judged = False
        pause = np.zeros(round(PAUSE * SAMPLE_RATE), np.int16)
        recording = WavFile(file)
        if recording.missing:
            click.echo(f"{file} was cut off: {recording.missing:.1f} s are missing", err=True)
        for samples in chain(recording.pieces(), (pause,)):
            judged = self._hear(Block(samples, self._now)) or judged
            self._now += len(samples) / SAMPLE_RATE
        if not judged and len(self._takes) == said:
            click.echo(f"{file}: no voice was noticed", err=True)

    def end(self) -> None:
        """No more recordings."""
        if self._takes:
            self._judge()
        self._tell_microphone()

    def _hear(self, piece: Block) -> bool:
        """Take in a piece of sound; whether it brought a word to its end."""
        judged = False
        for take in self._listener.hear(piece):
            self._takes.append(take)
            self._say(in_words.of_take(len(self._takes), take))
            if len(self._takes) == TIMES:
                self._judge()
                judged = True
        return judged

    def _judge(self) -> None:
        needed = threshold(self._config.deciding, LiveClock().wall())
        known, before = self._known, self._before
        found = judge(self._takes, known, before, self._calibration, self._wanted, needed)
        self._before, self._takes = self._takes, []
        if len(self._wanted) == 1:  # and the next one is for the other state
            self._wanted = [opposite(self._wanted[0])]
        self._tell({"word": asdict(found)}, in_words.of_word(found, self._config.names))

    def _tell_microphone(self) -> None:
        found = self._listener.microphone()
        self._tell({"microphone": asdict(found)}, in_words.of_microphone(found))

    def _tell(self, found: dict[str, object], lines: Iterator[str]) -> None:
        if self._json:
            click.echo(json.dumps(found))
            return
        for line in lines:
            self._say(line)

    def _say(self, line: str) -> None:
        if self._json:
            return
        if self._drawn:
            click.echo("\r" + " " * meter.WIDTH + "\r", nl=False)
            self._drawn = False
        click.echo(line)

    def _meter(self, number: int) -> None:
        if number % (BLOCKS_A_FRAME if self._moving else BLOCKS_A_LINE):
            return
        line = meter.line(self._listener.facts())
        if self._moving:
            click.echo("\r" + line.ljust(meter.WIDTH), nl=False)
            self._drawn = True
        else:
            click.echo(line)


def _microphone(config: Config) -> Microphone:
    """The microphone of lamp.yaml.

    Raises:
        MicrophoneMissing, MicrophoneBusy: see the message.
    """
    health = read_one(runtime_directory(config), "recorder")
    running = health is not None and health.alive and health.state != "stopped"
    try:
        microphone = Microphone(config.audio.device, LiveClock(), load_sounddevice())
    except MicrophoneBusy as error:
        if not running:
            raise
        raise MicrophoneBusy(
            "a lamp is running and holds the microphone. Stop it first (on a board: sudo systemctl"
            " stop lamp-learning.target), or give recordings: lamp listen FILE.wav ..."
        ) from error
    if running:
        click.echo("A lamp is running: it hears what you say now, too.", err=True)
    return microphone


def _known(config: Config) -> Iterator[Known]:
    """What the diary has labels for, oldest lesson first; it is only read."""
    path = diary_path(config)
    if not path.exists():
        return
    try:
        with closing(Diary.open(path, read_only=True)) as diary:
            for exchange in diary.labelled_as_taught():
                assert exchange.label is not None
                yield Known(exchange.id, exchange.soft, shares(exchange.label))
    except StateError as error:
        click.echo(f"Going on without the diary: {error}", err=True)
