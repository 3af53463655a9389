"""All files of an aggregate into one folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engine.aggregate import tables
from engine.aggregate.clusters import Cluster
from engine.aggregate.collect import Collected
from engine.aggregate.sheet import page_sheet, picture_sheet
from engine.aggregate.workbook import write_workbook
from engine.errors import UsageError
from engine.output.sink import AtomicFile, OutputError
from engine.report.survey_files import WRITERS

if TYPE_CHECKING:
    from engine.sheet.face import ReferenceFace

WORKBOOK, SURVEY, MJ = "aggregate.xlsx", "survey.json", "mj.parquet"
CLUSTERS, PICTURES, SHEET, PAGE = "clusters.parquet", "unknown.parquet", "clusters.png", "clusters.html"
FILES = (WORKBOOK, SURVEY, MJ, CLUSTERS, PICTURES, SHEET, PAGE)


def check_folder(folder: Path, *, force: bool) -> None:
    """Make the folder; refuse one that holds an aggregate, unless it may be replaced.

    Raises
    ------
    UsageError
        It is a file, its parent is missing, or there is an aggregate in it.
    OutputError
        It cannot be made.
    """
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:
        raise UsageError(f"出力先を作る場所がありません。先に作ってください: {folder.parent}") from None
    except FileExistsError:
        raise UsageError(f"出力先は、ファイルではなくフォルダーにしてください: {folder}") from None
    except OSError as error:
        raise OutputError(
            f"出力先のフォルダーを作れません（{error.strerror}）。権限を確かめてください: {folder}"
        ) from error
    there = [name for name in FILES if (folder / name).exists()]
    if there and not force:
        raise UsageError(
            f"出力先に前のまとめがあります（{there[0]} など）。"
            f"置き換えるなら --force を付けてください: {folder}"
        )


def write_aggregate(
    folder: Path, collected: Collected, clusters: Sequence[Cluster], face: ReferenceFace
) -> None:
    """Write every file, each beside its place first.

    Parameters
    ----------
    folder : Path
        From :func:`check_folder`.
    collected : Collected
    clusters : sequence of Cluster
    face : ReferenceFace
        For the contact sheet.

    Raises
    ------
    OutputError
        The disk is full, or the like.
    """
    unknown, places = collected.unknown, collected.places
    uses = collected.usage.uses()
    writers: dict[str, Callable[[BinaryIO], None]] = {
        SURVEY: lambda stream: WRITERS[".json"](collected.survey, stream),
        MJ: lambda stream: tables.write_parquet(tables.USE_COLUMNS, tables.use_records(uses), stream),
        CLUSTERS: lambda stream: tables.write_parquet(
            tables.CLUSTER_COLUMNS, tables.cluster_records(clusters, unknown, places), stream
        ),
        PICTURES: lambda stream: tables.write_parquet(
            tables.PICTURE_COLUMNS, tables.picture_records(clusters, unknown), stream
        ),
        WORKBOOK: lambda stream: write_workbook(collected, clusters, stream),
        SHEET: lambda stream: picture_sheet(collected, clusters, face).save(stream, format="PNG"),
        PAGE: lambda stream: _write_text(page_sheet(collected, clusters, face), stream),
    }
    for name, write in writers.items():
        with AtomicFile(folder / name, force=True) as stream:
            write(stream)


def _write_text(text: str, stream: BinaryIO) -> None:
    stream.write(text.encode("utf-8"))
