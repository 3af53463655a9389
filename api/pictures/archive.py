"""Small pictures in one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_MOST_PICTURE_BYTES = 2**20
_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The date of every member: equal pictures give equal files."""


def pack(pictures: Mapping[str, bytes]) -> bytes:
    """Return files by name as a ZIP, stored: PNG files do not get smaller."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in pictures.items():
            archive.writestr(zipfile.ZipInfo(name, _OLDEST), content)
    return stream.getvalue()


def unpack(archive: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP by name.

    Raises
    ------
    ValueError
        A member is larger than any picture that is kept.
    """
    found = {}
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for member in opened.infolist():
            if member.file_size > _MOST_PICTURE_BYTES:
                msg = f"picture archive: {member.filename} has {member.file_size} bytes"
                raise ValueError(msg)
            found[member.filename] = opened.read(member)
    return found
