"""What a batch run is asked to read: every file in its order, whose gaiji it holds, and its checksum.

The list of units is made before anything is read: a run that goes on passes over the finished ones without
opening them again, and the checksums tell whether it would go on with the same inputs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine.batch.images import IMAGES_SUFFIX, image_keys, is_images, row_groups
from engine.errors import UsageError
from engine.glyph.files import walk
from engine.glyph.model import ReadFailure
from engine.glyph.read import sibling_tte
from engine.intake.key import DeliveryKey
from engine.intake.ledger import SUFFIXES as MANIFESTS
from engine.intake.ledger import Ledger, LedgerLine, read_ledger

MOST_FILES = 2_000_000
"""Files of one run; each takes about half a kilobyte of memory."""

LISTED_FILES = 5_000
"""Files of one input whose checksums stand in the manifest one by one."""

_CHUNK_BYTES = 1 << 20
_INSTEAD = "{euf} は読めない形式のため、同じ外字を持つ {tte} を代わりに読みます。"

Progress = Callable[[str, int, int], None]
Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is read in one go: a file, or a row group of a Parquet of images.

    Attributes
    ----------
    path : str
    group : int
        Units of one group are one delivery: their fonts must have different names.
    key : DeliveryKey
        Of everything in it, where nothing nearer says otherwise.
    weight : int
        Bytes, for the time that is left.
    items : int
        How many it holds; 0 where that is not known before it has been read.
    ledger : Ledger or None
        The manifest's lines that name this file, where they give codes.
    row_group : int
        −1 for a file.
    failure : ReadFailure or None
        There is nothing to read, and this says why.
    """

    path: str
    group: int
    key: DeliveryKey
    weight: int = 0
    items: int = 0
    ledger: Ledger | None = None
    row_group: int = -1
    failure: ReadFailure | None = None


@dataclass(frozen=True, slots=True)
class InputRecord:
    """One input in the manifest of the run.

    Attributes
    ----------
    path : str
        As given.
    kind : str
        ``file``, ``folder``, ``images`` (Parquet) or ``manifest``.
    files, bytes : int
        In all, the manifest itself included.
    sha256 : str
        Over the names, sizes and checksums of all files.
    members : tuple of (str, int, str)
        Name, size and SHA-256 of each file, where there are not too many; size −1 and no checksum where it
        cannot be read.
    """

    path: str
    kind: str
    files: int
    bytes: int
    sha256: str
    members: tuple[tuple[str, int, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the record for the manifest."""
        return {**asdict(self), "members": [list(member) for member in self.members]}


@dataclass(frozen=True, slots=True)
class Plan:
    """All units of a run in their order, and what the manifest says of the inputs."""

    units: tuple[Unit, ...]
    inputs: tuple[InputRecord, ...]


def plan_inputs(
    paths: Sequence[str | Path],
    key: DeliveryKey,
    *,
    notice: Notice | None = None,
    progress: Progress | None = None,
) -> Plan:
    """List what the inputs hold.

    Parameters
    ----------
    paths : sequence of str or Path
        Images, folders, ZIPs, fonts, Parquet files of images, and manifests: ``.csv``, ``.xlsx`` or
        ``.parquet`` with the headings of a ledger (:data:`engine.intake.ledger.HEADINGS`).
    key : DeliveryKey
        What holds where a manifest says nothing.
    notice : callable, optional
        Told in Japanese what is read in the place of something else.
    progress : callable, optional
        Called with (text, done, total).

    Raises
    ------
    UsageError
        A manifest that makes no sense, or too many files.
    LoadError, WorkbookError
        A manifest or a Parquet of images that cannot be read.
    """
    planner = _Planner(key, notice or (lambda _words: None), progress or (lambda _text, _done, _total: None))
    given = [Path(path) for path in paths]
    for path in given:
        planner.add(path, given)
    return Plan(tuple(planner.units), tuple(planner.inputs))


class _Planner:
    def __init__(self, key: DeliveryKey, notice: Notice, progress: Progress) -> None:
        self.units: list[Unit] = []
        self.inputs: list[InputRecord] = []
        self._key = key
        self._notice = notice
        self._progress = progress
        self._group = 0
        self._files = 0
        self._record = _Record()

    def add(self, path: Path, given: Sequence[Path]) -> None:
        """Take up one input as it was given."""
        self._record = _Record()
        tte = sibling_tte(path)
        if tte is not None:
            self._notice(_INSTEAD.format(euf=path, tte=tte.name))
            if any(other in (tte, tte.parent) for other in given):
                return
            path = tte
        if path.suffix.lower() in MANIFESTS and not is_images(path):
            kind = "manifest"
            self._add_file(path)
            self._add_manifest(path)
        else:
            kind = self._add_content(path, self._key)
        self.inputs.append(self._record.closed(str(path), kind))

    def _add_content(self, path: Path, key: DeliveryKey) -> str:
        """Add the units of a file or folder; return its kind."""
        if not _is_folder(path):
            if path.suffix.lower() == IMAGES_SUFFIX:
                self._add_images(path, key)
                return "images"
            self._add_unit(path, key)
            return "file"
        empty = True
        for entry in walk(path):
            empty = False
            if isinstance(entry, ReadFailure):
                self.units.append(Unit(entry.source, self._group, key, failure=entry))
            elif (tte := sibling_tte(entry)) is not None:
                self._notice(_INSTEAD.format(euf=entry, tte=tte.name))
            else:
                self._add_unit(entry, key)
        if empty:
            failure = ReadFailure(str(path), "not-found", "フォルダーにファイルがありません。")
            self.units.append(Unit(str(path), self._group, key, failure=failure))
        return "folder"

    def _add_unit(self, path: Path, key: DeliveryKey, ledger: Ledger | None = None) -> None:
        size = self._add_file(path)
        self.units.append(Unit(str(path), self._group, key, max(size, 0), ledger=ledger))

    def _add_images(self, path: Path, key: DeliveryKey) -> None:
        self._add_file(path)
        image_keys(path)  # what makes no sense is told before an hour has been spent
        for number, (size, rows) in enumerate(row_groups(path)):
            self.units.append(Unit(str(path), self._group, key, size, rows, row_group=number))

    def _add_manifest(self, path: Path) -> None:
        by_image: dict[tuple[str, ...], list[LedgerLine]] = {}
        ledger = read_ledger(path)
        for words in ledger.warnings:
            self._notice(words)
        for line in ledger.lines:
            if not line.image:
                raise UsageError(
                    f"{path} の {line.number} 行目に「画像ファイル」（読むファイル）がありません。"
                )
            by_image.setdefault(line.image, []).append(line)
        before: DeliveryKey | None = None
        for image, lines in by_image.items():
            key = replace(lines[0].key.over(self._key), font="", kind="")
            if before not in (None, key):
                self._group += 1
            before = key
            file = path.parent.joinpath(*image)
            if len(lines) == 1 and not lines[0].code:
                self._add_content(file, lines[0].key.over(self._key))
            elif _is_folder(file) or file.suffix.lower() == IMAGES_SUFFIX:
                raise UsageError(
                    f"{path} の {lines[-1].number} 行目: フォルダーと画像の Parquet は、"
                    "外字コードを空にして一行だけ書いてください。"
                )
            else:
                self._add_unit(file, self._key, Ledger(path, tuple(lines)))
        self._group += 1

    def _add_file(self, path: Path) -> int:
        """Note a file's checksum; return its size, −1 where it cannot be read."""
        self._files += 1
        if self._files > MOST_FILES:
            raise UsageError(f"ファイルが多すぎます（{MOST_FILES:,} 個まで）。分けて実行してください。")
        self._progress("入力を確かめています", self._files, 0)
        return self._record.add(path)


class _Record:
    """Checksum over the files of one input."""

    def __init__(self) -> None:
        self._all = hashlib.sha256()
        self._members: list[tuple[str, int, str]] = []
        self._files = self._bytes = 0

    def add(self, path: Path) -> int:
        size, digest = _checksum(path)
        member = (str(path), size, digest)
        self._all.update(f"{member}\n".encode("utf-8", "surrogatepass"))
        self._files += 1
        self._bytes += max(size, 0)
        if len(self._members) <= LISTED_FILES:
            self._members.append(member)
        return size

    def closed(self, path: str, kind: str) -> InputRecord:
        members = tuple(self._members) if self._files <= LISTED_FILES else ()
        return InputRecord(path, kind, self._files, self._bytes, self._all.hexdigest(), members)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False  # opening it will say what is wrong


def _checksum(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file; (−1, "") where reading it will fail, which becomes a row."""
    digest, size = hashlib.sha256(), 0
    try:
        if not path.is_file():  # a pipe would make us wait
            return -1, ""
        with path.open("rb") as stream:
            for chunk in _chunks(stream):
                digest.update(chunk)
                size += len(chunk)
    except (OSError, ValueError):
        return -1, ""
    return size, digest.hexdigest()


def _chunks(stream: Any) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk
