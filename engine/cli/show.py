"""``gaiji show``: what the reference set knows of one MJ character, and its picture."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.options import AsJson, Force, Reference
from engine.cli.terminal import columns
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.reference.record import MojiRecord
    from engine.reference.refset import ReferenceSet
    from engine.reference.shrink import ShrinkTarget
    from engine.reference.table import MojiTable
    from engine.settings import Settings

EPILOG = (
    "例:\n\n"
    "gaiji show MJ026190　文字コード、読み、画数、同じ文字の別の図形、縮退先\n\n"
    "gaiji show 邉　文字から。U+9089 の形でもよい\n\n"
    "gaiji show MJ026190 -o 字.svg　図形も書き出す（.png は --size で大きさを指定）\n\n"
    "gaiji show MJ090001　変体仮名"
)

_CODE = re.compile(r"U\+[0-9A-F]{4,6}(?:[_ ](?:U\+)?[0-9A-F]{4,6})?", re.IGNORECASE)
_KINDS = {"kanji": "漢字", "hentaigana": "変体仮名"}


def show(
    name: Annotated[
        str, typer.Argument(metavar="MJ", help="MJ 文字図形名（MJ026190）、文字、または U+9089。")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="図形の書き出し先（.png または .svg）。"),
    ] = None,
    size: Annotated[
        int, typer.Option("--size", min=8, max=4096, metavar="PX", help="PNG の一辺の画素数。")
    ] = 256,
    as_json: AsJson = False,
    reference: Reference = None,
    force: Force = False,
) -> None:
    """MJ 文字図形の情報を表示します。"""
    from engine.output.sink import check_output
    from engine.reference.refset import find_reference_set
    from engine.reference.shrink import load_shrink
    from engine.reference.table import load_table
    from engine.settings import Settings

    if output is not None:
        check_output(output, force=force, suffixes=(".png", ".svg"))
    settings = Settings.from_environment()
    refset = find_reference_set(settings, reference)
    table = load_table(refset, ("mj", "kind", "ucs", "strokes"))
    found = find_names(table, name)
    if len(found) > 1:
        if output is not None:
            raise UsageError(
                f"「{name}」の図形は {len(found)} あります。"
                f"-o を使うときは MJ 文字図形名を一つ指定してください: {' '.join(found)}"
            )
        records = [table.record(mj) for mj in found]
        if as_json:
            typer.echo(json.dumps([_plain(record) for record in records], ensure_ascii=False, indent=2))
        else:
            typer.echo("\n".join([f"{name}  {len(found)} 図形", *_listing(records)]))
        return
    record = table.record(found[0])
    siblings = [table.record(mj) for mj in table.siblings(record.mj)]
    targets = load_shrink(refset).targets(record.mj)
    if as_json:
        document = _plain(record) | {
            "siblings": [{"mj": each.mj, "strokes": each.strokes, "ivs": each.ivs} for each in siblings],
            "shrink": [
                {
                    "target": each.target,
                    "jisx0213": each.jisx0213,
                    "basis": each.basis.title,
                    "rank": each.rank,
                }
                for each in targets
            ],
            "reference": refset.label,
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(describe(record, siblings, targets)))
    if output is not None:
        draw(record.mj, output, size, refset, settings, force=force)
        typer.echo(f"図形を書き出しました: {output}", err=True)


def find_names(table: MojiTable, text: str) -> list[str]:
    """Return the MJ names that ``text`` means.

    Parameters
    ----------
    table : MojiTable
        Of the reference set.
    text : str
        An MJ name, a character (a variation selector may follow) or ``U+9089``, ``U+9089_E0100``.

    Returns
    -------
    list of str, ascending, at least one.

    Raises
    ------
    UsageError
        Nothing fits; the message says how to write it.
    """
    from engine.reference.codes import to_characters, to_code

    given = text.strip()
    if given.upper() in table:
        return [given.upper()]
    if _CODE.fullmatch(given):
        code = "U+" + re.sub(r"[_ ](?:U\+)?", "_", given[2:].upper())
        base, *selector = code.removeprefix("U+").split("_")
        if max(int(part, 16) for part in (base, *selector)) > 0x10FFFF:
            raise UsageError(f"「{given}」は Unicode の範囲（U+10FFFF まで）の外です。")
        characters = to_characters(code)
    elif len(given) == 1 or (len(given) == 2 and _is_selector(given[1])):
        characters = given
        code = to_code(given)
    elif re.fullmatch(r"[A-Z]{2}\d+", given, re.IGNORECASE):
        raise UsageError(
            f"「{given}」は参照セット {table.refset.id} にありません"
            f"（{table.mj[0]} から {table.mj[-1]} まで）。"
        )
    else:
        raise UsageError(
            f"「{given}」の調べ方が分かりません。MJ026190、文字 1 字、U+9089 のどれかで指定してください。"
        )
    rows = [int(row) for row in table.rows_of_ucs(to_code(characters[0]))]
    if len(characters) > 1:
        rows = [row for row in rows if code in (table.value("ivs", row), table.value("svs", row))]
    if not rows:
        shown = given if given.upper() == code else f"{given}（{code}）"
        raise UsageError(f"{shown} に対応する図形は、参照セット {table.refset.id} にありません。")
    return [table.mj[row] for row in rows]


def describe(record: MojiRecord, siblings: list[MojiRecord], targets: tuple[ShrinkTarget, ...]) -> list[str]:
    """Return the lines for a person.

    Parameters
    ----------
    record : MojiRecord
        The character.
    siblings : list of MojiRecord
        Others with the same UCS.
    targets : tuple of ShrinkTarget
        Its 縮退.
    """
    jisx0213 = record.jisx0213 or ""
    if record.jisx0213_rules:
        jisx0213 += f"（包摂連番 {' '.join(record.jisx0213_rules)}）"
    facts = [
        ("種別", _KINDS.get(record.kind, record.kind) + (f"（{record.policy}）" if record.policy else "")),
        ("文字", _with_code(record.character, record.ucs)),
        ("実装した UCS", record.ucs_implemented if record.ucs_implemented != record.ucs else None),
        ("IVS", " ".join(filter(None, (record.ivs, *record.ivs_extra)))),
        ("SVS", record.svs),
        ("互換漢字", record.compat),
        ("住基ネット統一文字", record.juki),
        ("戸籍統一文字番号", record.koseki),
        ("登記統一文字番号", record.toki),
        ("入管正字", record.nyukan_seiji),
        ("入管外字", record.nyukan_gaiji),
        ("JIS X 0213", jisx0213),
        ("JIS X 0212", record.jisx0212),
        ("総画数", str(record.strokes or "")),
        ("部首・内画数", "、".join(_radical(each.radical, each.strokes) for each in record.radicals)),
        ("読み", "、".join(record.readings)),
        ("字母", _with_code(record.jibo_character, record.jibo)),
        ("音価", "、".join(record.phonetics)),
        ("IDS", "  ".join(record.ids)),
        ("大漢和辞典", record.daikanwa),
        ("備考", record.note),
    ]
    lines = [record.mj, *columns([(f"  {label}", value) for label, value in facts if value])]
    if siblings:
        lines += ["", f"同じ文字（{record.ucs}）の別の図形: {len(siblings)}", *_listing(siblings)]
    if targets:
        lines += ["", f"縮退先（権威の順）: {len(targets)}"]
        lines += columns(
            (f"  {each.character}", each.target, each.jisx0213, each.basis.group, _titled(each))
            for each in targets
        )
    if record.shrink_note:
        lines += [f"  参考: {record.shrink_note}"]
    return lines


def draw(
    mj: str, output: Path, size_px: int, refset: ReferenceSet, settings: Settings, *, force: bool
) -> None:
    """Write the picture of one MJ character as PNG or SVG, by suffix.

    Raises
    ------
    GaijiError
        No font, no such glyph, or the file cannot be written.
    """
    from engine.output.sink import AtomicFile
    from engine.sheet.face import ReferenceFace

    face = ReferenceFace.of(refset, settings)
    svg = face.svg(mj).encode("utf-8") if output.suffix.lower() == ".svg" else None
    picture = face.picture(mj, size_px) if svg is None else None
    with AtomicFile(output, force=force) as stream:
        if picture is not None:
            picture.save(stream, format="PNG")
        elif svg is not None:
            stream.write(svg)


def _listing(records: list[MojiRecord]) -> list[str]:
    return columns(
        (
            f"  {each.mj}",
            f"{each.strokes} 画" if each.strokes else "",
            each.ivs or each.svs or each.ucs_implemented or "",
            each.juki or "",
            f"戸籍 {each.koseki}" if each.koseki else "",
            _KINDS.get(each.kind, each.kind) if each.kind != "kanji" else "",
        )
        for each in records
    )


def _titled(target: ShrinkTarget) -> str:
    return target.basis.title + (f"（順位 {target.rank}）" if target.rank else "")


def _with_code(character: str, code: str | None) -> str:
    return f"{character}  {code}" if code else ""


def _radical(number: int, strokes: int | None) -> str:
    rest = "" if strokes is None else f" {strokes} 画"
    return f"{chr(0x2F00 + number - 1)}（{number}）{rest}" if 1 <= number <= 214 else f"{number}{rest}"


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _plain(record: MojiRecord) -> dict[str, Any]:
    values = dataclasses.asdict(record) | {"character": record.character}
    return {name: value for name, value in values.items() if value not in (None, (), [], {})}
