"""Remove indexes that nothing uses any more: 220 MB each, one for every font, table or model that was in use.

Decision record: on request only (``gaiji reference build --prune``), never as a side effect of identifying.
Two installed versions may share a cache, and each would take the other's index for an old one; asked for, the
worst that can happen is that an index is built again.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.reference.refset import ReferenceSet
from engine.settings import Settings

_BUILDING = "building-"
_REMOVING = "removing-"
_ABANDONED_S = 86_400.0
"""Age from which a half-built index belongs to no process that still runs."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was done.

    Attributes
    ----------
    removed, in_use : tuple of Path
        Folders that are gone, and those that could not be moved since some process has them open.
    freed_mb : float
    """

    removed: tuple[Path, ...]
    in_use: tuple[Path, ...]
    freed_mb: float


def prune_indexes(refset: ReferenceSet, settings: Settings, keep: Path) -> Pruned:
    """Remove the indexes of a reference set but one, and what interrupted builds left behind.

    Parameters
    ----------
    refset : ReferenceSet
        Indexes of other sets are not touched.
    settings : Settings
        Where the indexes are.
    keep : Path
        The folder in use.

    Notes
    -----
    A folder is moved aside before it is emptied. Where a process has one of its files open, Windows refuses
    the move and the folder stays whole; elsewhere that process keeps reading what it has mapped.
    """
    removed, in_use, freed = [], [], 0
    for folder in sorted(_unused(refset, settings.cache_dir / "index", keep)):
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        aside = folder.with_name(_REMOVING + folder.name.removeprefix(_REMOVING))
        try:
            if aside != folder:
                folder.replace(aside)
            shutil.rmtree(aside)
        except OSError:
            in_use.append(folder)
            continue
        removed.append(folder)
        freed += size
    return Pruned(tuple(removed), tuple(in_use), freed / 2**20)


def _unused(refset: ReferenceSet, parent: Path, keep: Path) -> Iterator[Path]:
    for folder in parent.iterdir() if parent.is_dir() else ():
        if not folder.is_dir() or folder.is_symlink() or folder == keep:
            continue
        if folder.name.startswith(_REMOVING):  # an earlier removal that was interrupted
            yield folder
        elif folder.name.startswith(_BUILDING):
            if time.time() - folder.stat().st_mtime > _ABANDONED_S:
                yield folder
        elif _is_index_of(folder, refset):
            yield folder


def _is_index_of(folder: Path, refset: ReferenceSet) -> bool:
    """Whether the folder says of itself that it is an index of this set; nothing else is ever removed."""
    if not folder.name.startswith(f"{refset.id}-"):
        return False
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return bool(manifest["basis"]["reference"] == refset.id)
    except (OSError, ValueError, KeyError, TypeError):
        return False
