"""The archive: a manifest, the database, the uploaded files by digest; read as if a stranger had made it."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

from engine.errors import GaijiError

FORMAT, FORMAT_VERSION = "gaiji-backup", 1
MANIFEST, DATABASE, UPLOADS = "manifest.json", "gaiji.db", "uploads"

Tell = Callable[[str, int, int], None]
"""Told the stage, the bytes or rows done, and how many there are (0: not known)."""

_CHUNK_BYTES = 2**20
_MOST_MANIFEST_BYTES = 64 * 2**20
_UPLOAD = re.compile(rf"{UPLOADS}/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ENCRYPTED = 0x1


class BackupError(GaijiError):
    """A backup cannot be made, is damaged, or does not fit here."""

    code = "backup"


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive.

    Attributes
    ----------
    name : str
        :data:`DATABASE` or ``uploads/ab/abcd…``.
    size : int
        Bytes, unpacked.
    sha256 : str
    """

    name: str
    size: int
    sha256: str

    @property
    def digest(self) -> str:
        """Digest that an uploaded file is named by; empty for the database."""
        match = _UPLOAD.fullmatch(self.name)
        return match[2] if match else ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive says about itself.

    Attributes
    ----------
    began_at : str
        ISO time: everything that was committed before is in it.
    engine, schema, backend : str
        Version of the program, revision of the schema, ``sqlite`` or ``postgresql``.
    has_uploads : bool
        Whether the uploaded files are in it.
    missing : tuple of str
        Digests that the database names, but whose files were not there or were damaged.
    counts : mapping
        Rows by table.
    members : tuple of Member
    """

    began_at: str
    engine: str
    schema: str
    backend: str
    has_uploads: bool
    missing: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    members: tuple[Member, ...] = ()

    def as_json(self) -> bytes:
        """Return the file's content."""
        document = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(document, ensure_ascii=False, indent=1).encode()

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read the file's content.

        Raises
        ------
        BackupError
        """
        try:
            found = json.loads(content)
            if found["format"] != FORMAT:
                raise _damaged("目録の種類が違います")
            if found["format_version"] > FORMAT_VERSION:
                raise BackupError(
                    "このバックアップは、新しい版の gaiji で作られています。"
                    "gaiji を新しくしてから復元してください。"
                )
            members = tuple(
                Member(str(each["name"]), int(each["size"]), str(each["sha256"])) for each in found["members"]
            )
            return cls(
                str(found["began_at"]),
                str(found["engine"]),
                str(found["schema"]),
                str(found["backend"]),
                bool(found["has_uploads"]),
                tuple(str(each) for each in found["missing"]),
                {str(name): int(count) for name, count in found["counts"].items()},
                members,
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _damaged("目録が読めません") from error


class Archive:
    """An archive whose structure is as it should be; the content is checked as it is read.

    Parameters
    ----------
    file : ZipFile
    manifest : Manifest
    """

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file = file
        self.manifest = manifest

    @property
    def uploads(self) -> tuple[Member, ...]:
        """The uploaded files."""
        return tuple(each for each in self.manifest.members if each.name != DATABASE)

    @property
    def database(self) -> Member:
        """The database."""
        return next(each for each in self.manifest.members if each.name == DATABASE)

    def read(self, member: Member, target: BinaryIO | None = None) -> None:
        """Read a member, into a file or only to check it.

        Raises
        ------
        BackupError
            It is not what the manifest says; what was written is to be thrown away.
        """
        digest, size = hashlib.sha256(), 0
        try:
            with self._file.open(member.name) as source:
                while chunk := source.read(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > member.size:
                        raise _damaged(f"{member.name} が目録より大きい")
                    digest.update(chunk)
                    if target is not None:
                        target.write(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise _damaged(f"{member.name} が読めません") from error
        if size != member.size or digest.hexdigest() != member.sha256:
            raise _damaged(f"{member.name} の中身が目録と違います")


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive and check its structure: known names only, each once, sizes as in the manifest.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BackupError
        It cannot be opened, is no backup, or is damaged.
    """
    try:
        file = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise BackupError(f"バックアップのファイルがありません: {path}") from error
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BackupError(f"バックアップとして読めません: {path}") from error
    with file:
        yield Archive(file, _checked(file))


def _checked(file: zipfile.ZipFile) -> Manifest:
    infos = {info.filename: info for info in file.infolist()}
    if len(infos) != len(file.infolist()):
        raise _damaged("同じ名前のファイルが二つあります")
    info = infos.pop(MANIFEST, None)
    if info is None:
        raise _damaged("目録がありません")
    if info.file_size > _MOST_MANIFEST_BYTES or info.flag_bits & _ENCRYPTED:
        raise _damaged("目録が読めません")
    try:
        with file.open(MANIFEST) as source:
            content = source.read(_MOST_MANIFEST_BYTES + 1)
    except Exception as error:  # whatever a hostile ZIP makes the library raise
        raise _damaged("目録が読めません") from error
    manifest = Manifest.parse(content)
    listed = {member.name: member for member in manifest.members}
    if len(listed) != len(manifest.members) or listed.keys() != infos.keys() or DATABASE not in listed:
        raise _damaged("目録と中のファイルが合いません")
    for name, member in listed.items():
        if name != DATABASE and member.digest != member.sha256:
            raise _damaged("知らない名前のファイルがあります")
        if not _DIGEST.fullmatch(member.sha256) or infos[name].flag_bits & _ENCRYPTED:
            raise _damaged("目録が読めません")
        if infos[name].file_size != member.size:
            raise _damaged(f"{name} の大きさが目録と違います")
    return manifest


def _damaged(what: str) -> BackupError:
    return BackupError(
        f"バックアップが壊れているか、手を加えられています（{what}）。別のものを使ってください。"
    )
