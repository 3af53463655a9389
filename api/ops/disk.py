"""How much room there is, and what takes it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from api.services import Services

LOW_UPLOADS = 4
"""The disk is nearly full where not even so many of the largest uploads fit on it."""


@dataclass(frozen=True, slots=True)
class Room:
    """The disk that the data folder is on, in bytes."""

    total: int
    free: int
    is_low: bool


def room(services: Services) -> Room:
    """Look at the disk.

    Raises
    ------
    OSError
        The disk is out of reach.
    """
    settings = services.settings
    folder = settings.data_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent  # it is made with the first upload where the database is elsewhere
    usage = shutil.disk_usage(folder)
    return Room(usage.total, usage.free, usage.free < LOW_UPLOADS * settings.upload_bytes)


def database_bytes(services: Services) -> int:
    """Return the size of the database, with what SQLite has not yet moved into its file."""
    database = services.database
    if database.is_sqlite:
        path = str(database.url.database)
        return sum(_size(Path(path + suffix)) for suffix in ("", "-wal"))
    with database.reading() as session:
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def folder_bytes(folder: Path) -> int:
    """Return the size of all files below a folder; 0 where it is missing."""
    total, waiting = 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += _entry_size(entry)
        except OSError:  # swept away meanwhile
            continue
    return total


def _entry_size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
