"""`lamp models add`: any wav2vec2 CTC checkpoint becomes a model directory of the lamp."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lamp.errors import AcousticModelError
from lamp.transcriber.checkpoint import load_checkpoint
from lamp.transcriber.export import AGREEMENT, write_full, write_int8, write_layout
from lamp.transcriber.profile import ModelCost, memory_of_this_machine, profile

INSTANT = 0.25  # real-time factor up to which nobody waits
BEARABLE = 0.8  # from here it does not keep up with lively talk
MEMORY_SHARE = 0.4  # of the machine's, which the transcriber may take


def add_model(name: str, added: Path, threads: int = 1) -> Iterator[str]:
    """Fetch, export, quantise, check, profile and add a model; one line per step.

    The model appears whole or not at all; one of the same name is replaced.

    Args:
        name: of the hub, or a path.
        added: directory of added models.
        threads: CPU threads that the transcriber will have.

    Raises:
        AcousticModelError: what is wrong, and what to do.
    """
    checkpoint = load_checkpoint(name)
    yield f"loaded {name}: {_parameters(checkpoint.network) / 1e6:.1f} million parameters"
    short = Path(name).name
    try:
        added.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=added, prefix=".adding-") as folder:
            made = Path(folder) / short
            made.mkdir()
            full = Path(folder) / "full.onnx"
            yield f"exported to ONNX, which deviates by {write_full(checkpoint, full):.1e}"
            yield _smaller(full, made / "model.onnx")
            write_layout(checkpoint, made)
            yield _verdict(profile(made, threads))
            _replace(made, added / short)
    except OSError as error:
        raise AcousticModelError(
            f"cannot write to {added}: {error.strerror or error}. Make room there, or set "
            "places.models in lamp.yaml"
        ) from error
    yield f"ready. To hear with it, write into lamp.yaml:  hearing: {{model: {short}}}"


def _parameters(network: object) -> int:
    return sum(parameter.numel() for parameter in network.parameters())  # type: ignore[attr-defined]


def _smaller(full: Path, path: Path) -> str:
    agreement = write_int8(full, path)
    size = f"{path.stat().st_size / 1e6:.1f} MB"
    if agreement < AGREEMENT:
        shutil.copyfile(full, path)
        size = f"{path.stat().st_size / 1e6:.1f} MB"
        return f"int8 would write other symbols in {1 - agreement:.1%} of frames: kept full, {size}"
    return f"made int8, {size}; it writes the same symbol in {agreement:.1%} of frames"


def _verdict(cost: ModelCost) -> str:
    share = cost.memory / memory_of_this_machine()
    numbers = (
        f"{cost.real_time_factor:.2f} s for a second of sound, "
        f"{cost.memory / 1e6:.0f} MB, {cost.load:.1f} s to load"
    )
    if share > MEMORY_SHARE:
        return f"this machine cannot carry it: {numbers}, {share:.0%} of its memory"
    if cost.real_time_factor > BEARABLE:
        return f"this machine cannot carry it: {numbers}, slower than people talk"
    if cost.real_time_factor > INSTANT:
        return f"this machine can carry it, with some waiting: {numbers}"
    return f"this machine carries it easily: {numbers}"


def _replace(made: Path, place: Path) -> None:
    old = made.parent / "old"
    if place.exists():
        place.rename(old)
    made.rename(place)
