"""A real delivery to try ``gaiji batch`` on: the 24×24 pictures of CNS 11643, Taiwan's character set.

    python -m engine.evaluation.pixmaps -o out/cns                      # fetch, and pack into one Parquet
    gaiji batch out/cns/images.parquet -o out/cns-result
    python -m engine.evaluation.pixmaps -o out/cns --result out/cns-result   # contact sheets by class

Debian's ``fonts-cns11643-pixmaps`` holds 110,997 of them, the characters of Taiwanese household registers
included. They are only run and looked at: nothing is trained or tuned on them, and nobody knows the answers.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from engine.errors import GaijiError
from engine.output.sink import AtomicFile
from engine.reference.fetch import fetch_debian_package
from engine.settings import Settings

PACKAGE = "fonts-cns11643-pixmaps"
IMAGES = "images.parquet"
_FOLDER = Path("usr/share/pixmaps/cns11643")
_ROW_GROUP = 4_096
_EUC_TW = re.compile(r"8e[ab][0-9a-f](?:[a-f][0-9a-f]){2}", re.IGNORECASE)


def cns_code(stem: str) -> str:
    """Plane, row and cell of a picture, by the name of its file.

    Parameters
    ----------
    stem : str
        EUC-TW in hexadecimal digits: ``8ea1dace`` is row 5Ah, cell 4Eh of plane 1.

    Returns
    -------
    str
        ``1-5A4E``; empty for the few names that lack a digit.
    """
    if not _EUC_TW.fullmatch(stem):
        return ""
    _, plane, row, cell = bytes.fromhex(stem)
    return f"{plane - 0xA0}-{row - 0x80:02X}{cell - 0x80:02X}"


def pack(folder: Path, target: Path) -> int:
    """Pack the pictures of the unpacked package into one Parquet; return how many.

    Parameters
    ----------
    folder : Path
        From :func:`engine.reference.fetch.fetch_debian_package`.
    target : Path
        Replaced where it exists. ``font`` is the plane, ``gaiji_code`` plane, row and cell.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ("source", "gaiji_code", "font")
    schema = pa.schema([*((name, pa.string()) for name in names), ("image", pa.binary())])
    rows = _rows(folder / _FOLDER)
    count = 0
    with AtomicFile(target, force=True) as stream, pq.ParquetWriter(stream, schema) as writer:
        while some := list(islice(rows, _ROW_GROUP)):
            count += len(some)
            writer.write_table(pa.Table.from_pylist(some, schema=schema))
    return count


def _rows(folder: Path) -> Iterator[dict[str, str | bytes]]:
    for path in sorted(folder.rglob("*.png"), key=lambda path: (path.name.lower(), path.as_posix())):
        yield {
            "source": path.relative_to(folder).as_posix(),
            "gaiji_code": cns_code(path.stem),
            "font": f"CNS 11643 第{path.parent.name.removeprefix('a')}面",
            "image": path.read_bytes(),
        }


def prepare(folder: Path, settings: Settings, *, report: Callable[[str], None]) -> Path:
    """Fetch the package and pack it, unless that was done already; return the Parquet.

    Raises
    ------
    FetchError
        Not a Debian system, or no connection.
    """
    target = folder / IMAGES
    if not target.is_file():
        package = fetch_debian_package(PACKAGE, settings.cache_dir, report=report)
        folder.mkdir(parents=True, exist_ok=True)
        report(f"{pack(package, target):,} 個の図形を {target} にまとめました。")
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare the pictures, and draw contact sheets of a result where one is given."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.pixmaps",
        description="CNS 11643 の 24×24 の図形を用意し、gaiji batch の結果を区分ごとの画像にする。",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="出力先のフォルダー")
    parser.add_argument("--result", type=Path, help="gaiji batch の結果のフォルダー")
    parser.add_argument("--per-class", type=int, default=96, help="区分ごとに並べる字の数")
    parser.add_argument("--seed", type=int, default=0, help="並べる字を選ぶ乱数の種")
    given = parser.parse_args(arguments)
    settings = Settings.from_environment()
    try:
        images = prepare(given.output, settings, report=_to_stderr)
        if given.result is not None:
            from engine.evaluation.class_sheet import write_class_sheets

            sheets = write_class_sheets(
                given.output, images, given.result, settings, per_class=given.per_class, seed=given.seed
            )
            for path in sheets:
                _to_stderr(f"画像を書き出しました: {path}")
    except GaijiError as error:
        _to_stderr(str(error))
        return 1
    return 0


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
