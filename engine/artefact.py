"""Learned artefacts: one small ``.npz`` file each, with a head that says what it is and how it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from engine.errors import ArtefactMismatchError


@dataclass(frozen=True, eq=False)
class Artefact:
    """What an artefact file holds.

    Attributes
    ----------
    head : dict
        Format, parameters and manifest.
    arrays : dict of str to ndarray
    identity : str
        First 12 hex digits of the file's SHA-256.
    """

    head: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    identity: str


def read_artefact(path: Path, what: str) -> Artefact:
    """Read an artefact.

    Parameters
    ----------
    path : Path
    what : str
        Its Japanese name, for the message.

    Raises
    ------
    ArtefactMismatchError
        The file is missing or damaged.
    """
    try:
        data = path.read_bytes()
        with np.load(BytesIO(data)) as file:
            arrays = {name: file[name] for name in file.files}
        head = json.loads(bytes(arrays.pop("head")))
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        msg = f"{what} {path.name} を読めません。gaiji を入れ直してください。"
        raise ArtefactMismatchError(msg) from error
    return Artefact(head, arrays, hashlib.sha256(data).hexdigest()[:12])


def write_artefact(path: Path, head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an artefact; the same content gives the same bytes, on any day and any system."""
    packed = np.frombuffer(json.dumps(head).encode(), np.uint8)
    with ZipFile(path, "w") as file:
        for name, array in {"head": packed, **arrays}.items():
            stream = BytesIO()
            np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
            # np.savez would write the time of day into each member.
            member = ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system = 3
            file.writestr(member, stream.getvalue(), compress_type=ZIP_DEFLATED, compresslevel=9)


def refuse(path: Path, what: str) -> ArtefactMismatchError:
    """Return the error for an artefact that was made for another version of the engine."""
    msg = f"{what} {path.name} がこの版の gaiji と合いません。gaiji を入れ直してください。"
    return ArtefactMismatchError(msg)
