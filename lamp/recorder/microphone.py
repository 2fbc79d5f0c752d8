"""The microphone, through PortAudio (sounddevice) and blocking reads.

PortAudio counts the devices once, when it is initialised: it has no hot-plug. So a
microphone that goes away ends the process with one clear line; it is started again, and
initialises PortAudio afresh, until the device is back.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from typing import Any

import numpy as np

from lamp.clock import Clock
from lamp.errors import AudioError, MicrophoneBusy, MicrophoneMissing
from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import BLOCK_SECONDS, GAP, Block, Samples

INVALID_RATE = -9997  # PortAudio's paInvalidSampleRate
BUSY = (-9985, -9993)  # paDeviceUnavailable, paBadIODeviceCombination
ADVICE = "Plug one in, or name another under audio.device in lamp.yaml"

log = logging.getLogger(__name__)


def load_sounddevice() -> Any:
    """The module sounddevice, with PortAudio initialised.

    Raises:
        MicrophoneMissing: the PortAudio library is not installed.
    """
    try:
        return importlib.import_module("sounddevice")
    except OSError as error:
        raise MicrophoneMissing(
            "the PortAudio library is missing. Install it: sudo apt install libportaudio2 "
            "(on macOS: brew install portaudio)"
        ) from error


class Microphone:
    """An open input stream.

    Args:
        name: part of the device's name; empty for the system's default.
        clock: gives the blocks their times.
        sounddevice: the module, or something that behaves like it.

    Raises:
        MicrophoneMissing, MicrophoneBusy: see the message.
    """

    def __init__(self, name: str, clock: Clock, sounddevice: Any) -> None:
        self._clock = clock
        self._sounddevice = sounddevice
        self._anchor: float | None = None  # s, time of sample 0
        self._count = 0  # samples since the anchor, at the device's rate
        self.overflows = 0
        self.device, native = self._find(name)
        self._stream, self.rate = self._open(native)
        self._resampler = _resampler(self.rate)
        log.info("listening to %s at %d Hz", self.device, self.rate)

    def blocks(self) -> Iterator[Block]:
        """Sound as it comes, for ever.

        Raises:
            MicrophoneMissing: the device has gone.
        """
        wanted = round(self.rate * BLOCK_SECONDS)
        while True:
            try:
                data, overflowed = self._stream.read(wanted)
            except self._sounddevice.PortAudioError as error:
                raise MicrophoneMissing(
                    f"the microphone {self.device} has gone ({_short(error)}). Plug it in again"
                ) from error
            if overflowed:
                self.overflows += 1
                self._anchor = None  # samples are missing: count afresh
            mono = np.asarray(data, np.int16).reshape(-1)
            started = self._time_of(len(mono))
            samples = self._at_16_khz(mono)
            if len(samples):
                yield Block(samples, started)

    def close(self) -> None:
        """Give the device back."""
        try:
            self._stream.close()
        except self._sounddevice.PortAudioError as error:
            log.info("closing the microphone: %s", _short(error))

    def _time_of(self, read: int) -> float:
        """When the piece of ``read`` samples began that has just been read.

        Counted in samples, because the moment at which a read returns shivers; the count
        is thrown away when it has drifted from the clock, after a suspend for instance.
        """
        began = self._clock.now() - read / self.rate
        counted = began if self._anchor is None else self._anchor + self._count / self.rate
        if self._anchor is None or abs(counted - began) > 2 * GAP:
            self._anchor, self._count, counted = began, 0, began
        self._count += read
        return counted

    def _at_16_khz(self, samples: Samples) -> Samples:
        if self._resampler is None:
            return samples
        return np.asarray(self._resampler.resample_chunk(samples), np.int16)

    def _find(self, name: str) -> tuple[str, int]:
        """Full name and own rate (Hz) of the device."""
        try:
            found = self._sounddevice.query_devices(name or None, "input")
        except (ValueError, self._sounddevice.PortAudioError) as error:
            if str(error).startswith("Multiple"):  # and then one line for each, "[3] its name"
                fitting = "; ".join(line.split("] ")[-1] for line in str(error).split("\n")[1:])
                raise MicrophoneMissing(
                    f"several microphones are named {name!r}: {fitting}. "
                    "Write more of the name under audio.device in lamp.yaml"
                ) from error
            which = f"no microphone named {name!r}" if name else "no microphone"
            raise MicrophoneMissing(f"there is {which}. {ADVICE}") from error
        if found["max_input_channels"] < 1:
            raise MicrophoneMissing(f"{found['name']} has no input. {ADVICE}")
        self._index = found.get("index")
        return str(found["name"]), round(found["default_samplerate"])

    def _open(self, native: int) -> tuple[Any, int]:
        for rate in dict.fromkeys((SAMPLE_RATE, native)):
            try:
                stream = self._sounddevice.InputStream(
                    samplerate=rate,
                    device=self._index,
                    channels=1,
                    dtype="int16",
                    blocksize=0,
                    latency="high",
                )
                stream.start()
            except self._sounddevice.PortAudioError as error:
                if _code(error) == INVALID_RATE and rate != native:
                    continue
                raise self._refused(error) from error
            return stream, rate
        raise MicrophoneMissing(f"{self.device} offers no rate that can be used. {ADVICE}")

    def _refused(self, error: Exception) -> AudioError:
        if _code(error) in BUSY:
            return MicrophoneBusy(
                f"the microphone {self.device} is busy. Close the program that holds it, or "
                "name another under audio.device in lamp.yaml"
            )
        return MicrophoneMissing(
            f"the microphone {self.device} cannot be opened ({_short(error)}). {ADVICE}"
        )


def _resampler(rate: int) -> Any:
    """A streaming resampler of int16 from ``rate`` Hz; None where none is needed."""
    if rate == SAMPLE_RATE:
        return None
    import soxr  # noqa: PLC0415 - not for those whose microphone has the right rate

    return soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="int16")


def _code(error: Exception) -> int:
    """PortAudio's number for the error, which sounddevice hands on as the second argument."""
    return next((code for code in error.args if isinstance(code, int)), 0)


def _short(error: Exception) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]
