"""Opening a backup again to see whether it would save the day: the database is restored, beside it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from api.ops.backup.archive import Manifest, Tell, open_archive
from api.ops.backup.rebuild import compare_derived, rebuild


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked.

    Attributes
    ----------
    manifest : Manifest
    shapes : int
        Whose columns were compared with their records.
    mismatches : int
        Columns that are not what follows from the records: the backup is good, the database was not.
    """

    manifest: Manifest
    shapes: int
    mismatches: int


def verify(path: Path, tell: Tell = lambda _stage, _done, _total: None) -> Verified:
    """Check all of a backup: each file, the database's pages and references, counts, derived columns.

    Parameters
    ----------
    path : Path
        The archive; a folder beside it is used meanwhile.
    tell : callable

    Raises
    ------
    BackupError
        It is no good.
    """
    with (
        open_archive(path) as archive,
        tempfile.TemporaryDirectory(prefix=".gaiji-backup-", dir=path.parent) as work,
    ):
        for number, member in enumerate(archive.uploads, 1):
            tell("ファイルを確かめています", number, len(archive.uploads))
            archive.read(member)
        shapes, mismatches = compare_derived(rebuild(archive, Path(work), tell))
        return Verified(archive.manifest, shapes, mismatches)
