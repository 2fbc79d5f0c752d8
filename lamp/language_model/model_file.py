"""Model files: arrays without pickle, a checksum, and a write that a power cut cannot tear.

8 bytes   magic
32 bytes  SHA-256 of everything that follows
4 bytes   format version, little-endian
8 bytes   length of the header, little-endian
header    JSON: whatever the model says about itself, and name, type and shape of each array
arrays    raw, little-endian, one after the other

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     path = Path(folder) / "a.model"
...     write(path, {"actions": ["<none>", "<lit>"]}, {"output": np.eye(2)})
...     about, arrays = read(path)
...     path.read_bytes()[:6], path.stat().st_size
(b'LAMPLM', 190)
>>> about, arrays["output"].tolist()
({'actions': ['<none>', '<lit>']}, [[1.0, 0.0], [0.0, 1.0]])
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import (
    ModelFileDamaged,
    ModelFileForeign,
    ModelFileMissing,
    ModelFileTooNew,
    ModelFileTooOld,
    ModelFileUnreadable,
)

MAGIC = b"LAMPLM\r\n"
VERSION = 2  # 1 had other settings
_DIGEST = 32
_FRONT = struct.Struct("<IQ")
_TYPES = {"f8": np.dtype("<f8"), "i8": np.dtype("<i8")}

Arrays = dict[str, NDArray[Any]]


def write(path: Path, about: dict[str, Any], arrays: Arrays) -> None:
    """Write a model so that the file is either the old one or the whole new one.

    Temporary file, fsync, rename, fsync of the directory.

    Args:
        about: anything JSON can say.
        arrays: of 64-bit floats or integers.

    Raises:
        OSError: the directory cannot be written to, or the disk is full; an old file is intact.
    """
    listed = [
        {"name": name, "type": f"{array.dtype.kind}8", "shape": array.shape}
        for name, array in arrays.items()
    ]
    header = json.dumps({"about": about, "arrays": listed}).encode()
    body = [_FRONT.pack(VERSION, len(header)), header]
    body += [array.astype(_TYPES[f"{array.dtype.kind}8"]).tobytes() for array in arrays.values()]
    content = b"".join(body)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with temporary.open("wb") as file:
            file.write(MAGIC + hashlib.sha256(content).digest() + content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read(path: Path) -> tuple[dict[str, Any], Arrays]:
    """What :func:`write` wrote.

    Raises:
        ModelFileMissing, ModelFileUnreadable, ModelFileForeign, ModelFileDamaged,
        ModelFileTooNew, ModelFileTooOld: see errors.py.
    """
    content = _checked(path, _bytes_of(path))
    try:
        _, length = _FRONT.unpack_from(content)
        end = _FRONT.size + length
        header = json.loads(content[_FRONT.size : end])
        arrays: Arrays = {}
        for listed in header["arrays"]:
            kind, shape = _TYPES[listed["type"]], tuple(listed["shape"])
            size = int(np.prod(shape)) * kind.itemsize
            flat = np.frombuffer(content[end : end + size], kind)
            arrays[listed["name"]] = flat.reshape(shape).copy()
            end += size
        return header["about"], arrays
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise ModelFileDamaged(
            f"{path} has a right checksum but no sense in it ({error}); "
            "delete it and fit a new model to the examples"
        ) from error


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelFileMissing(
            f"there is no model at {path}; start with a fresh one or fit one to the examples"
        ) from error
    except OSError as error:
        raise ModelFileUnreadable(
            f"{path} cannot be read ({error.strerror}); check its owner and permissions"
        ) from error


def _checked(path: Path, whole: bytes) -> bytes:
    """What follows the checksum, if all is well."""
    magic = whole[: len(MAGIC)]
    if not MAGIC.startswith(magic):
        raise ModelFileForeign(
            f"{path} is not a language model; point to another file or delete this one"
        )
    content = whole[len(MAGIC) + _DIGEST :]
    digest = whole[len(MAGIC) : len(MAGIC) + _DIGEST]
    if len(content) < _FRONT.size or hashlib.sha256(content).digest() != digest:
        raise ModelFileDamaged(
            f"{path} is cut off or damaged; delete it and fit a new model to the examples"
        )
    version, _ = _FRONT.unpack_from(content)
    if version > VERSION:
        raise ModelFileTooNew(
            f"{path} has format {version}, this version reads {VERSION}; "
            "install the newer version, or delete the file and fit a new model to the examples"
        )
    if version < VERSION:
        raise ModelFileTooOld(
            f"{path} has format {version}, this version reads {VERSION}; "
            "delete it and fit a new model to the examples"
        )
    return content
