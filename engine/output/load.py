"""Reads back what ``gaiji identify -o`` wrote, and what people filled in on the 同定結果リスト."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from engine.output.csv_text import FORMULA_STARTS, PATH_COLUMNS, plain_text
from engine.output.headings import (
    COLUMNS_BY_HEADING,
    CONFIRMED,
    CONFIRMED_MJ,
    GAIJI_CODE,
    NOTE,
    SOURCE,
)
from engine.output.tabular import LoadError, Row, read_table
from engine.result import COLUMNS, Identification, Review, Subclass, Verdict

_NEEDED = ("source", "gaiji_code", "class", "mj", "review")
"""Columns without which a table is no result."""

_REVIEWS = {"": Review.REQUIRED, "自動": Review.AUTO, "要確認": Review.REQUIRED} | {
    r.value: r for r in Review
}
_KINDS = {"①": "1", "②": "2", "③": "3"}
_MJ_NAME = re.compile(r"[A-Z]{2}[0-9]{6}")
_YES = frozenset("○〇◯⭕")
_NO = frozenset("×✕✖╳❌")
"""What input methods offer for まる and ばつ. Letters and other marks leave a row open."""

_Member = TypeVar("_Member", Verdict, Subclass)


class Ruling(StrEnum):
    """What a person decided about one gaiji."""

    ACCEPTED = "○"
    """The proposed MJ (or that there is none)."""
    OTHER = "別のMJ"
    """The MJ that the person wrote."""
    REJECTED = "×"
    """Not the proposed MJ, and no other: the gaiji stays."""
    OPEN = "保留"
    """Something else stands in 「確認」: not to be settled, not even where the machine was sure."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about one gaiji of the 同定結果リスト.

    Attributes
    ----------
    source, gaiji_code : str
        As in the results.
    mj : str
        The MJ name decided on; empty where the gaiji stays, or nothing is decided.
    verdict : Ruling
    note : str
        「備考」.
    municipality, system, font : str
        The rest of the gaiji's key, where the list shows it.
    """

    source: str
    gaiji_code: str
    mj: str
    verdict: Ruling
    note: str = ""
    municipality: str = ""
    system: str = ""
    font: str = ""


def read_results(path: Path) -> list[Identification]:
    """Read the results of ``gaiji identify``, or the rows of a 同定結果リスト.

    Parameters
    ----------
    path : Path
        ``.csv`` (UTF-8), ``.jsonl``, ``.parquet`` or ``.xlsx``; of an older engine too. In a workbook with a
        list for people and the data behind it, both are understood; the first sort that is found is read.
        Or the folder of a finished ``gaiji batch``.

    Returns
    -------
    list of Identification
        In the order of the file. Paths that were written as ``./=x`` so that no spreadsheet runs them are
        ``=x`` again.

    Raises
    ------
    UsageError
        Another suffix.
    LoadError, WorkbookError
        The file cannot be read; a row does not hold what it should; a ceiling of
        :mod:`engine.output.tabular` is passed.
    """
    if path.is_dir():
        return [row for part in part_files(path) for row in read_results(part)]
    style: list[bool] = []
    from_csv = path.suffix.lower() == ".csv"

    def header(cells: Sequence[str]) -> Sequence[str | None] | None:
        for japanese, columns in ((False, COLUMNS), (True, COLUMNS_BY_HEADING)):
            names = [
                (COLUMNS_BY_HEADING[cell] if japanese else cell) if cell in columns else None
                for cell in cells
            ]
            if set(_NEEDED) <= set(names) and (not style or style[0] is japanese):
                style[:] = [japanese]
                return _once(path, names)
        return None

    return [_identification(path, row, from_csv=from_csv) for row in read_table(path, header)]


def read_decisions(path: Path) -> list[Decision]:
    """Read what people wrote into 「確認」 and 「確定MJ」 of a 同定結果リスト.

    Parameters
    ----------
    path : Path
        ``.xlsx``, or ``.csv`` (UTF-8, or as Excel writes it: Shift_JIS).

    Returns
    -------
    list of Decision
        In the order of the list. ○ accepts the proposed MJ, × keeps the gaiji, an MJ name in 「確定MJ」 is
        taken instead; any other mark leaves the gaiji open. Rows where both cells are empty are left out.

    Raises
    ------
    UsageError
        Another suffix.
    LoadError, WorkbookError
        The file cannot be read; 「確定MJ」 holds no MJ name; ○ or × contradicts it.
    """
    wanted = {
        SOURCE: "source", GAIJI_CODE: "gaiji_code", CONFIRMED: CONFIRMED, CONFIRMED_MJ: CONFIRMED_MJ,
        NOTE: NOTE,
    } | {
        heading: column
        for heading, column in COLUMNS_BY_HEADING.items()
        if column in ("mj", "municipality", "system", "font")
    }  # fmt: skip
    needed = {"source", "gaiji_code", "mj", CONFIRMED, CONFIRMED_MJ}
    from_csv = path.suffix.lower() == ".csv"

    def header(cells: Sequence[str]) -> Sequence[str | None] | None:
        names = [wanted.get(cell.strip()) for cell in cells]
        return _once(path, names) if needed <= set(names) else None

    found = (_decision(path, row, from_csv=from_csv) for row in read_table(path, header, legacy=True))
    return [decision for decision in found if decision is not None]


def part_files(folder: Path) -> list[Path]:
    """Return the paths of the files of a finished batch run, in the order of their rows.

    Raises
    ------
    LoadError
        It is no such folder, or the run is not finished.
    """
    parts = sorted(folder.glob("part-*.parquet"))
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        known = {"state": manifest["state"], "parts": len(manifest["parts"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise LoadError(
            folder, None, "gaiji batch の結果のフォルダーではありません。結果のファイルを指定してください。"
        ) from None
    if known != {"state": "complete", "parts": len(parts)}:
        raise LoadError(
            folder,
            None,
            "まだ終わっていない結果です。gaiji batch を --resume を付けて最後まで実行してください。",
        )
    return parts


def _once(path: Path, names: Sequence[str | None]) -> Sequence[str | None]:
    known = [name for name in names if name is not None]
    if len(set(known)) != len(known):
        raise LoadError(path, None, "同じ見出しの列が二つあります。一つにしてください。")
    return names


def _identification(path: Path, row: Row, *, from_csv: bool) -> Identification:
    texts = {name: _text(row, name, from_csv=from_csv) for name in COLUMNS if name != "confidence"}
    kind = texts["kind"]
    return Identification(
        source=texts["source"],
        gaiji_code=texts["gaiji_code"],
        verdict=_member(path, row, "class", Verdict),
        subclass=_member(path, row, "subclass", Subclass),
        mj=_mj(path, row, "mj"),
        confidence=_confidence(path, row),
        review=_review(path, row),
        candidates=tuple(texts["candidates"].split()),
        ucs=texts["ucs"],
        ivs=texts["ivs"],
        juki=texts["juki"],
        koseki=texts["koseki"],
        toki=texts["toki"],
        jisx0213=texts["jisx0213"],
        evidence=tuple(texts["evidence"].split()),
        status=texts["status"] or "ok",
        reference=texts["reference"],
        engine=texts["engine"],
        municipality=texts["municipality"],
        system=texts["system"],
        font=texts["font"],
        kind=_KINDS.get(kind[:1], kind),
        same_as=texts["same_as"],
        near_same=texts["near_same"],
    )


def _decision(path: Path, row: Row, *, from_csv: bool) -> Decision | None:
    text: Callable[[str], str] = lambda name: _text(row, name, from_csv=from_csv).strip()  # noqa: E731
    mark, proposed, other = text(CONFIRMED), _mj(path, row, "mj"), _mj(path, row, CONFIRMED_MJ)
    accepted, rejected = mark in _YES, mark in _NO
    if not mark and not other:
        return None
    if (accepted and other and other != proposed) or (rejected and other == proposed != ""):
        raise LoadError(
            path, row.number,
            f"「{CONFIRMED}」の{mark}と「{CONFIRMED_MJ}」が食い違っています。"
            f"別の MJ にするなら「{CONFIRMED}」を、提案どおりなら「{CONFIRMED_MJ}」を空にしてください。",
        )  # fmt: skip
    if accepted:
        verdict, mj = Ruling.ACCEPTED, proposed
    elif mark and not rejected:
        verdict, mj = Ruling.OPEN, ""
    elif other:
        verdict, mj = (Ruling.ACCEPTED if other == proposed else Ruling.OTHER), other
    else:
        verdict, mj = Ruling.REJECTED, ""
    return Decision(
        source=_text(row, "source", from_csv=from_csv),
        gaiji_code=_text(row, "gaiji_code", from_csv=from_csv),
        mj=mj,
        verdict=verdict,
        note=text(NOTE),
        municipality=text("municipality"),
        system=text("system"),
        font=text("font"),
    )


def _text(row: Row, name: str, *, from_csv: bool) -> str:
    value = row.values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):  # a code typed into Excel became a number
        return str(int(value)) if float(value).is_integer() else repr(value)
    if name in PATH_COLUMNS and value[:2] == "./" and value[2:3] in FORMULA_STARTS:
        return value[2:]
    return plain_text(name, value) if from_csv else value


def _mj(path: Path, row: Row, name: str) -> str:
    value = row.values.get(name, "")
    text = value.strip().upper() if isinstance(value, str) else str(value)
    if text and not _MJ_NAME.fullmatch(text):
        raise LoadError(path, row.number, f"「{name}」は MJ026190 の形で書いてください。")
    return text


def _member(path: Path, row: Row, name: str, kind: type[_Member]) -> _Member | None:
    value = row.values.get(name)
    if value is None:
        return None
    try:
        return kind(str(value))
    except ValueError:
        every = "・".join(kind)
        raise LoadError(path, row.number, f"「{name}」は {every} のどれかにしてください。") from None


def _confidence(path: Path, row: Row) -> float | None:
    value = row.values.get("confidence")
    if value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise LoadError(path, row.number, "「confidence」（確信度）は 0 から 1 までの数にしてください。")
    return number


def _review(path: Path, row: Row) -> Review:
    try:
        return _REVIEWS[str(row.values.get("review", ""))]
    except KeyError:
        raise LoadError(
            path, row.number, "「review」（要確認）は auto か required にしてください。"
        ) from None
