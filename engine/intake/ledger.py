"""The ledger of a delivery: a CSV or Excel list that says which gaiji there are and whose they are.

Only the columns of a gaiji's key are read; whatever else a ledger holds (remarks, names of residents) is
never looked at.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.errors import UsageError
from engine.glyph.codes import normal_code
from engine.intake.key import DeliveryKey, parse_kind, parse_municipality, parse_name
from engine.output.tabular import Row, Value, read_table

SUFFIXES = (".csv", ".xlsx", ".parquet")
MOST_LINES = 300_000
"""Lines of one ledger; they are all held in memory."""

HEADINGS: dict[str, tuple[str, ...]] = {
    "municipality": (
        "団体コード", "自治体コード", "市区町村コード", "全国地方公共団体コード", "地方公共団体コード",
        "municipality",
    ),
    "system": ("システム", "システム名", "業務システム", "業務システム名", "system"),
    "font": ("フォント", "フォント名", "リンク先フォント", "font"),
    "code": ("外字コード", "コード", "文字コード", "gaiji_code", "code"),
    "image": ("画像ファイル", "画像", "画像ファイル名", "ファイル", "ファイル名", "image", "file"),
    "kind": ("種類", "種別", "提出区分", "外字の種類", "kind"),
}  # fmt: skip
"""Headings of each column, in any order; full-width letters, small letters and blanks make no difference."""

_COLUMN_OF = {heading: column for column, headings in HEADINGS.items() for heading in headings}
_MOST_PROBLEMS = 5
_CODE_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One gaiji, or all gaiji of a file, as the ledger has it.

    Attributes
    ----------
    number : int
        Line of the ledger, counted from 1 with the heading.
    key : DeliveryKey
    code : str
        In the results' spelling (``U+E000``); empty where the file's own code counts.
    image : tuple of str
        Parts of the path of the picture or font, relative to the ledger; empty where only a code is given.
    """

    number: int
    key: DeliveryKey
    code: str
    image: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger that has been read.

    Attributes
    ----------
    path : Path
    lines : tuple of LedgerLine
        In the order of the file.
    warnings : tuple of str
        Japanese sentences on what was put right while reading.
    """

    path: Path
    lines: tuple[LedgerLine, ...]
    warnings: tuple[str, ...] = ()

    def files(self) -> list[Path]:
        """Return the files that the ledger names, each once, in its order."""
        parts = dict.fromkeys(line.image for line in self.lines if line.image)
        return [self.path.parent.joinpath(*image) for image in parts]


def read_ledger(path: Path) -> Ledger:
    """Read a ledger.

    Parameters
    ----------
    path : Path
        ``.csv`` (UTF-8 or CP932), ``.xlsx`` or ``.parquet`` with headings from :data:`HEADINGS`.

    Raises
    ------
    UsageError
        Another suffix, no line, or values that cannot be right; the message names the lines.
    LoadError, WorkbookError
        The file is missing, damaged or beyond a ceiling (:mod:`engine.output.tabular`).
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"台帳は {' か '.join(SUFFIXES)} にしてください: {path}")
    lines: list[LedgerLine] = []
    warnings: dict[str, None] = {}
    problems: list[str] = []
    for row in read_table(path, _header, legacy=True):
        if len(lines) >= MOST_LINES:
            raise UsageError(f"台帳の行が多すぎます（{MOST_LINES:,} 行まで）。分けてください: {path}")
        try:
            line, warning = _line(row)
            _check_inside(path.parent, line.image)
        except UsageError as error:
            problems.append(f"{row.number} 行目: {error}")
            if len(problems) == _MOST_PROBLEMS:
                break
            continue
        if line.code or line.image:
            lines.append(line)
        elif any(row.values.values()):
            problems.append(f"{row.number} 行目: 外字コードも画像ファイルもありません。")
        if warning:
            warnings[warning] = None
    if problems:
        raise UsageError(f"台帳に直すところがあります（{path}）。" + " ／ ".join(problems))
    if not lines:
        raise UsageError(f"台帳に一行も書かれていません: {path}")
    return Ledger(path, tuple(lines), tuple(warnings))


def _header(cells: Sequence[str]) -> Sequence[str | None] | None:
    """Say which column each cell heads; None for a row that is not the heading."""
    found = [_COLUMN_OF.get(unicodedata.normalize("NFKC", cell).strip().lower()) for cell in cells]
    named = [column for column in found if column is not None]
    if not {"code", "image"} & set(named):
        return None
    if len(set(named)) != len(named):
        twice = sorted({column for column in named if named.count(column) > 1})
        raise UsageError(
            f"台帳に同じ意味の見出しが二つあります: {'、'.join(HEADINGS[name][0] for name in twice)}"
        )
    return found


def _line(row: Row) -> tuple[LedgerLine, str]:
    def cell(name: str) -> str:
        return _text(row.values.get(name))

    municipality, warning = parse_municipality(cell("municipality"))
    key = DeliveryKey(
        municipality,
        parse_name(cell("system"), "システム"),
        parse_name(cell("font"), "フォント"),
        parse_kind(cell("kind")),
    )
    code = normal_code(cell("code"))
    if len(code) > _CODE_CHARACTERS or not code.isprintable():
        raise UsageError(f"外字コードは {_CODE_CHARACTERS} 字までの、印字できる文字にしてください。")
    return LedgerLine(row.number, key, code, _parts(cell("image"))), warning


def _text(value: Value) -> str:
    """Text of a cell; a spreadsheet's number without the decimals that it does not show."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return (value or "").strip()


def _parts(text: str) -> tuple[str, ...]:
    """Parts of a relative path, written with slashes of either kind.

    Raises
    ------
    UsageError
        The path leads out of the ledger's folder.
    """
    text = text.replace("\\", "/")
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or ":" in text or "\0" in text:
        raise UsageError(
            "画像ファイルは、台帳のあるフォルダーからの相対パスで書いてください（上の階層は不可）。"
        )
    return path.parts


def _check_inside(folder: Path, parts: tuple[str, ...]) -> None:
    """Refuse a path that a link leads out of the folder.

    Raises
    ------
    UsageError
    """
    if not parts:
        return
    resolve: Callable[[Path], Path] = Path.resolve
    try:
        inside = resolve(folder.joinpath(*parts)).is_relative_to(resolve(folder))
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError("画像ファイルの名前に使えない文字があるか、リンクが輪になっています。") from error
    if not inside:
        raise UsageError("画像ファイルが、台帳のあるフォルダーの外を指しています。")
