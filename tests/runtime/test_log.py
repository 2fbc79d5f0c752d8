"""Who writes into the log is never held up by who reads it."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from lamp.runtime import log as log_module
from lamp.runtime.log import PatientHandler


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """One that writes nowhere but where it is told."""
    logger = logging.getLogger("test of the log")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    yield logger
    logger.handlers.clear()


class Stuck(io.StringIO):
    """A pipe that nobody reads until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def write(self, text: str) -> int:
        self.let_go.wait(10)
        return super().write(text)


def test_lines_come_in_order_and_are_there_at_the_end(logger: logging.Logger) -> None:
    stream = io.StringIO()
    handler = PatientHandler(stream)
    logger.addHandler(handler)
    for number in range(100):
        logger.info("line %d", number)
    handler.flush()
    assert stream.getvalue().splitlines() == [f"line {number}" for number in range(100)]


def test_nobody_waits_for_a_reader_and_what_is_lost_is_counted(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "log", logger)
    monkeypatch.setattr(log_module, "AT_THE_END", 0.05)
    stream = Stuck()
    handler = PatientHandler(stream)
    logger.addHandler(handler)
    began = time.monotonic()
    for number in range(log_module.MOST + 50):
        logger.info("line %d", number)
    handler.flush()
    assert time.monotonic() - began < 5.0
    assert stream.getvalue() == ""
    monkeypatch.setattr(log_module, "AT_THE_END", 10.0)
    stream.let_go.set()
    handler.flush()
    until = time.monotonic() + 10
    while "dropped" not in stream.getvalue():
        assert time.monotonic() < until
        time.sleep(0.01)
    lines = stream.getvalue().splitlines()
    assert "50 lines of the log were dropped: nobody read them" in lines
    assert len(lines) == log_module.MOST + 1


def test_a_line_that_cannot_be_made_costs_itself(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    handler = PatientHandler(stream)
    for message, value in (("%d", "no number"), ("%s", "next")):
        handler.emit(logging.LogRecord("lamp", logging.INFO, "", 0, message, (value,), None))
    handler.flush()
    assert stream.getvalue() == "next\n"
    assert "Logging error" in capsys.readouterr().err


def test_a_closed_stream_ends_nothing(logger: logging.Logger) -> None:
    stream = io.StringIO()
    handler = PatientHandler(stream)
    logger.addHandler(handler)
    stream.close()
    logger.info("to nobody")
    handler.flush()
    assert handler._thread.is_alive()


@pytest.mark.slow
def test_a_process_whose_log_nobody_reads_works_and_ends() -> None:
    code = """
import logging, sys
from lamp.runtime.log import PatientHandler
logging.basicConfig(handlers=[PatientHandler(sys.stderr)], level=logging.INFO)
for number in range(5000):
    logging.info("x" * 100)
print("done", flush=True)
"""
    read, write = os.pipe()
    try:
        command = [sys.executable, "-c", code]
        ran = subprocess.run(command, stderr=write, stdout=subprocess.PIPE, timeout=60, check=True)
    finally:
        os.close(read)
        os.close(write)
    assert ran.stdout == b"done\n"
