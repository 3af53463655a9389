"""The folder that a batch run writes: which files, what makes one finished, how results are read from it.

Decision record: a part (``part-00000.parquet``) holds a fixed number of rows, whatever the inputs are. Beside
it stands its side file (``part-00000.sums``), written after it: the SHA-256 of the part, where reading goes
on, and what the search for duplicates keeps of its pictures. A part is finished exactly when its side file is
whole and the checksum is right, never because a file of its name is there: neither a killed process nor a
power cut can leave a half part that is taken for a whole one. A run that goes on needs neither the pictures
of the finished parts nor the engine's work on them.

Nothing in these files depends on the clock, the machine or the number of workers; ``log.jsonl`` does, and is
not part of the result.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.batch.sums import Position, Sums, pack, unpack
from engine.errors import GaijiError, UsageError
from engine.intake.duplicates import Marks
from engine.output.parquet import schema
from engine.output.sink import AtomicFile, OutputError

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
MANIFEST, SUMMARY, LOG = "manifest.json", "summary.json", "log.jsonl"
ROW_GROUP = 8_192

_OWN = re.compile(r"part-\d{5,}\.(?:parquet|sums)|manifest\.json|summary\.json|log\.jsonl")
_LEFT_OVER = re.compile(r"\.(?:part-\d{5,}\.(?:parquet|sums)|manifest\.json|summary\.json)\.\d+\.part")
_NOT_COMPLETE = (
    "まだ終わっていない結果です。gaiji batch を --resume を付けて最後まで実行してください: {folder}"
)


class DatasetError(GaijiError):
    """A folder is no dataset of results, or one that is not complete."""

    code = "dataset"


class TornError(DatasetError):
    """A file that should be there is missing, or is not whole."""


def part_path(folder: Path, number: int) -> Path:
    """Return the path of a part, counted from 0."""
    return folder / f"part-{number:05d}.parquet"


def sums_path(folder: Path, number: int) -> Path:
    """Return the path of a part's side file."""
    return folder / f"part-{number:05d}.sums"


def is_own(name: str) -> bool:
    """Whether a file of this name is the dataset's; any other file belongs to somebody else."""
    return bool(_OWN.fullmatch(name))


def is_left_over(name: str) -> bool:
    """Whether a file of this name is what a killed run left half written."""
    return bool(_LEFT_OVER.fullmatch(name))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file beside its place, then put it there.

    Raises
    ------
    OutputError
    """
    text = json.dumps(value, ensure_ascii=False, indent=1)
    _write(path, text.encode("utf-8", "backslashreplace") + b"\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a dataset, complete or not.

    Raises
    ------
    DatasetError
        There is none (:class:`TornError`), or none that this version understands.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise TornError(
            f"gaiji batch の結果のフォルダーではありません（{MANIFEST} がないか、壊れています）: {folder}"
        ) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DatasetError(f"この版の gaiji では読めない形式の結果です: {folder}")
    return manifest


def read_summary(folder: Path) -> dict[str, Any]:
    """Read the summary of a complete dataset.

    Raises
    ------
    TornError
        There is none.
    """
    try:
        summary: dict[str, Any] = json.loads((folder / SUMMARY).read_bytes())
    except (OSError, ValueError) as error:
        raise TornError(
            f"{SUMMARY} を読めません。消してから --resume で実行してください: {folder}"
        ) from error
    return summary


def rows(folder: Path) -> Iterator[pa.RecordBatch]:
    """Yield all rows of a complete dataset in their order, in batches of bounded size.

    Parameters
    ----------
    folder : Path
        What ``gaiji batch -o`` wrote.

    Yields
    ------
    pyarrow.RecordBatch
        With the contract's columns; at most :data:`ROW_GROUP` rows.

    Raises
    ------
    DatasetError
        No dataset, one that is not complete, or one whose parts are missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    manifest = read_manifest(folder)
    if manifest.get("state") != "complete":
        raise DatasetError(_NOT_COMPLETE.format(folder=folder))
    for number, part in enumerate(manifest["parts"]):
        path = part_path(folder, number)
        try:
            with pq.ParquetFile(path) as file:
                if not file.schema_arrow.equals(schema()) or file.metadata.num_rows != part["rows"]:
                    raise DatasetError(f"結果のファイルが差し替えられています: {path}")
                yield from file.iter_batches(batch_size=ROW_GROUP, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise DatasetError(f"結果のファイルを読めません: {path}") from error


def part_rows(folder: Path) -> list[int]:
    """Return how many rows each part of a complete dataset has.

    Raises
    ------
    DatasetError
        There is no dataset, or one that is not complete.
    """
    manifest = read_manifest(folder)
    if manifest.get("state") != "complete":
        raise DatasetError(_NOT_COMPLETE.format(folder=folder))
    return [int(part["rows"]) for part in manifest["parts"]]


def marks_of_part(folder: Path, number: int) -> Marks:
    """Return what is kept of the pictures first seen in a part; their numbers count the dataset's rows.

    Raises
    ------
    DatasetError
        The side file is missing or damaged.
    """
    import pyarrow as pa

    path = sums_path(folder, number)
    try:
        return unpack(path.read_bytes()).marks
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise DatasetError(f"結果の副ファイルを読めません: {path}") from error


def write_part(folder: Path, number: int, table: pa.Table, run: str, position: Position, marks: Marks) -> str:
    """Write a part and, when it stands, its side file.

    Parameters
    ----------
    folder : Path
    number : int
        Of the part.
    table : pyarrow.Table
        Its rows, in the contract's columns.
    run : str
        Identity of the run.
    position : Position
        Where reading goes on.
    marks : Marks
        Of the pictures first seen in it.

    Returns
    -------
    str
        SHA-256 of the part.

    Raises
    ------
    OutputError
        The disk is full, or the like.
    """
    import pyarrow.parquet as pq

    stream = BytesIO()
    pq.write_table(table, stream, row_group_size=ROW_GROUP, compression="zstd")
    data = stream.getvalue()
    _write(part_path(folder, number), data)
    sha256 = hashlib.sha256(data).hexdigest()
    _write(sums_path(folder, number), pack(Sums(run, sha256, table.num_rows, position, marks)))
    return sha256


def read_part(folder: Path, number: int, run: str) -> tuple[pa.Table, Sums] | None:
    """Read a finished part; None where it is not finished, or not of this run."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        data = part_path(folder, number).read_bytes()
        sums = unpack(sums_path(folder, number).read_bytes())
        if sums.run != run or hashlib.sha256(data).hexdigest() != sums.sha256:
            return None
        return pq.read_table(BytesIO(data), use_threads=False), sums
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def _write(path: Path, data: bytes) -> None:
    try:
        with AtomicFile(path, force=True) as stream:
            stream.write(data)
    except OSError as error:
        raise OutputError(
            f"出力できません（{error.strerror}）。書き込みの権限と空き容量を確かめてください: {path}"
        ) from error


def check_folder(folder: Path, *, resume: bool, force: bool) -> None:
    """Make the folder where it is missing; refuse one that a run must not write to.

    Parameters
    ----------
    folder : Path
    resume, force : bool
        Whether to go on with the dataset that is there, or to replace it.

    Raises
    ------
    UsageError
        The folder holds something else, or a dataset that the caller did not say what to do with.
    OutputError
        The folder cannot be made or read.
    """
    try:
        folder.mkdir(exist_ok=True)
        names = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        raise UsageError(f"出力先を作る場所がありません。先に作ってください: {folder.parent}") from None
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"出力先は、ファイルではなくフォルダーにしてください: {folder}") from None
    except OSError as error:
        raise OutputError(
            f"出力先のフォルダーに書けません（{error.strerror}）。権限を確かめてください: {folder}"
        ) from error
    if MANIFEST in names:
        if not (resume or force):
            raise UsageError(
                "出力先に前の実行の結果があります。続きからなら --resume、"
                f"消して最初からなら --force を付けてください: {folder}"
            )
    elif any(name != LOG and not is_left_over(name) for name in names):
        raise UsageError(
            f"出力先のフォルダーに、ほかのファイルがあります。空のフォルダーにしてください: {folder}"
        )


def clear_folder(folder: Path, *, everything: bool) -> None:
    """Remove what killed runs left half written; with ``everything`` the whole dataset but its log."""
    for path in sorted(folder.iterdir()):
        if is_left_over(path.name) or (everything and is_own(path.name) and path.name != LOG):
            path.unlink(missing_ok=True)
