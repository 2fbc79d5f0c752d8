"""Where acoustic models lie: those that ship with the lamp, and those the owner added."""

from __future__ import annotations

from pathlib import Path

from lamp.config import Config
from lamp.errors import AcousticModelError
from lamp.runtime.paths import models_directory

BESIDE = Path(__file__).resolve().parents[2] / "models"  # a clone, installed editable
WITHIN = Path(__file__).resolve().parents[1] / "shipped_models"  # inside a wheel
SHIPPED = (WITHIN, BESIDE)


def added_models(config: Config) -> Path:
    """Where `lamp models add` puts models."""
    return models_directory(config)


def find_model(name: str, added: Path, shipped: tuple[Path, ...] = SHIPPED) -> Path:
    """The directory of the model called ``name``: a path, one that ships, or an added one.

    Args:
        added: where `lamp models add` puts models.

    Raises:
        AcousticModelError: there is no such model; the message names those there are.
    """
    if "/" in name or name in (".", ".."):
        path = Path(name).expanduser()
        if path.is_dir():
            return path
        raise AcousticModelError(f"there is no directory {path}. Name another under hearing.model")
    for directory in (*shipped, added):
        if (directory / name / "model.onnx").is_file():
            return directory / name
    found = ", ".join(known_models(added, shipped)) or "none"
    raise AcousticModelError(
        f"there is no acoustic model {name!r}; there are: {found}. "
        "Name one of them under hearing.model in lamp.yaml, or get one with `lamp models add`"
    )


def known_models(added: Path, shipped: tuple[Path, ...] = SHIPPED) -> list[str]:
    """Names of all models in these directories, each once."""
    names = {
        path.parent.name
        for directory in (*shipped, added)
        if directory.is_dir()
        for path in directory.glob("*/model.onnx")
    }
    return sorted(names)
