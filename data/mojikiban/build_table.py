"""Build the committed tables of the MJ reference set from their published source.

    python data/mojikiban/build_table.py --mojidata moji.db --font ipamjm.ttf --out data/mojikiban

``moji.db`` is the SQLite file of the npm package ``@mandel59/mojidata`` 1.8.1 (``dist/moji.db``). It holds
the MJ文字情報一覧表 006.02, the list of 変体仮名 002.01, the MJ縮退マップ 1.2.0 and IDS for Unicode 17.
A newer list can be given as its publisher's workbook (``--workbook mji.00602.xlsx``); the rest still comes
from the SQLite file.

Users never run this: its output (``table.parquet``, ``shrink.parquet``, ``identical.csv``) is committed, and
the checksums and counts are written into ``reference.toml``.

Notes
-----
Characters are stored as ``U+8FBB`` and variation sequences as ``U+8FBB_E0102``, never as text: a tool that
normalises text on its way would turn U+FA19 into U+795E unseen.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fontTools.ttLib import TTFont
from mj_workbook import read_workbook

Row = dict[str, Any]

TEXT_LIST = pa.list_(pa.string())
RADICALS = pa.list_(pa.struct([("radical", pa.uint8()), ("strokes", pa.uint8())]))

TABLE_SCHEMA = pa.schema(
    [
        ("mj", pa.string()),
        ("kind", pa.dictionary(pa.int8(), pa.string())),
        ("ucs", pa.string()),
        ("ucs_implemented", pa.string()),
        ("ivs", pa.string()),
        ("ivs_extra", TEXT_LIST),
        ("svs", pa.string()),
        ("koseki", pa.string()),
        ("juki", pa.string()),
        ("toki", pa.string()),
        ("nyukan_seiji", pa.string()),
        ("nyukan_gaiji", pa.string()),
        ("jisx0213", pa.string()),
        ("jisx0213_rules", TEXT_LIST),
        ("jisx0213_class", pa.uint8()),
        ("jisx0212", pa.string()),
        ("policy", pa.dictionary(pa.int8(), pa.string())),
        ("compat", pa.string()),
        ("strokes", pa.uint8()),
        ("radicals", RADICALS),
        ("readings", TEXT_LIST),
        ("ids", TEXT_LIST),
        ("daikanwa", pa.string()),
        ("nihongo_kanji", pa.uint16()),
        ("shindaijiten", pa.uint16()),
        ("daijigen", pa.uint16()),
        ("daikangorin", pa.uint16()),
        ("jibo", pa.string()),
        ("phonetics", TEXT_LIST),
        ("hentaigana_id", pa.string()),
        ("version", pa.string()),
        ("note", pa.string()),
        ("shrink_note", pa.string()),
    ]
)

SHRINK_SCHEMA = pa.schema(
    [
        ("mj", pa.string()),
        ("basis", pa.dictionary(pa.int8(), pa.string())),
        ("target", pa.string()),
        ("jisx0213", pa.string()),
        ("rank", pa.uint8()),
        ("hops", pa.uint8()),
    ]
)

FEW_VALUES = (
    "kind",
    "policy",
    "version",
    "strokes",
    "jisx0213_class",
    "jisx0213_rules.list.element",
    "radicals.list.element.radical",
    "radicals.list.element.strokes",
    "readings.list.element",
    "phonetics.list.element",
    "basis",
    "rank",
    "hops",
)
"""Columns worth a Parquet dictionary; for the others it doubles the size of the file."""

KANJI_COLUMNS = {
    "MJ文字図形名": "mj",
    "対応するUCS": "ucs",
    "実装したUCS": "ucs_implemented",
    "実装したMoji_JohoコレクションIVS": "ivs",
    "実装したSVS": "svs",
    "戸籍統一文字番号": "koseki",
    "住基ネット統一文字コード": "juki",
    "入管正字コード": "nyukan_seiji",
    "入管外字コード": "nyukan_gaiji",
    "漢字施策": "policy",
    "対応する互換漢字": "compat",
    "X0213": "jisx0213",
    "X0213_包摂連番": "jisx0213_rules",
    "X0213_包摂区分": "jisx0213_class",
    "X0212": "jisx0212",
    "MJ文字図形バージョン": "version",
    "登記統一文字番号": "toki",
    "総画数": "strokes",
    "大漢和": "daikanwa",
    "日本語漢字辞典": "nihongo_kanji",
    "新大字典": "shindaijiten",
    "大字源": "daijigen",
    "大漢語林": "daikangorin",
    "備考": "note",
}

SHRINK_TABLES = {
    "jis-ucs": "mjsm_JIS包摂規準UCS統合規則",
    "koseki-seiji": "mjsm_戸籍統一文字情報_親字正字",
    "min2-5202": "mjsm_民二5202号通知別表_正字俗字等対照表",
    "min1-2842-zokuji": "mjsm_民一2842号通達別表_誤字俗字正字一覧表_俗字",
    "min1-2842-goji": "mjsm_民一2842号通達別表_誤字俗字正字一覧表_無印",
    "min1-2842-betsuji": "mjsm_民一2842号通達別表_誤字俗字正字一覧表_別字",
    "kokuji-582-1": "mjsm_法務省告示582号別表第四_一",
    "kokuji-582-2": "mjsm_法務省告示582号別表第四_二",
    "jisho": "mjsm_辞書類等による関連字",
    "ruisui": "mjsm_読み字形による類推",
}
"""Basis id (as in ``reference.toml``, in the order of authority) → table of the SQLite file."""

DECLARED_IDENTICAL = re.compile(r"^(MJ\d{6})・(MJ\d{6})は、.*同一字形")
NOTED_IDENTICAL = re.compile(r"^(MJ\d{6})は、(MJ\d{6})と同一の字形")
MERGED = re.compile(r"^(MJ\d{6})へ統合")


def u_text(text: str | None) -> str | None:
    """Write a character as ``U+8FBB`` and a variation sequence as ``U+8FBB_E0102``."""
    if not text:
        return None
    return "U+" + "_".join(f"{ord(character):04X}" for character in text)


def grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Collect ``(key, value)`` pairs into lists, keeping their order."""
    lists: dict[str, list[Any]] = defaultdict(list)
    for key, value in pairs:
        lists[key].append(value)
    return lists


def stroke_number(value: object) -> int | None:
    """Read an inner stroke count; the source writes ``-`` where it has none."""
    return int(str(value)) if str(value).isdecimal() else None


def read_ids(connection: sqlite3.Connection) -> dict[str | None, list[str]]:
    """IDS by code point, those of a Japanese source first, each once."""
    rows = connection.execute("SELECT UCS, source, IDS FROM ids").fetchall()
    rows.sort(key=lambda row: (row[0], "J" not in row[1]))
    lists = grouped((ucs, ids) for ucs, _, ids in rows)
    return {u_text(ucs): list(dict.fromkeys(values)) for ucs, values in lists.items()}


def read_kanji(connection: sqlite3.Connection) -> list[Row]:
    """Rows of the MJ文字情報一覧表 in the shape of :data:`TABLE_SCHEMA`."""
    readings = grouped(connection.execute("SELECT MJ文字図形名, 読み FROM mji_reading"))
    extra = grouped(
        connection.execute(
            "SELECT MJ文字図形名, 重複実装したMoji_JohoコレクションIVS FROM mji_duplicated_ivs"
        )
    )
    radicals = grouped(
        (mj, {"radical": radical, "strokes": stroke_number(inner)})
        for mj, radical, inner in connection.execute("SELECT MJ文字図形名, 部首, 内画数 FROM mji_rsindex")
    )
    rows = []
    names = ", ".join(f'"{name}"' for name in KANJI_COLUMNS)
    for values in connection.execute(f"SELECT {names} FROM mji"):  # noqa: S608 - constant names
        row: Row = dict(zip(KANJI_COLUMNS.values(), values, strict=True))
        mj, rules = row["mj"], row["jisx0213_rules"]
        row.update(
            {name: u_text(row[name]) for name in ("ucs", "ucs_implemented", "ivs", "svs", "compat")},
            jisx0213_rules=rules.split("・") if rules else [],
            daikanwa=None if row["daikanwa"] is None else str(row["daikanwa"]),
            ivs_extra=[u_text(sequence) for sequence in extra.get(mj, [])],
            radicals=radicals.get(mj, []),
            readings=readings.get(mj, []),
        )
        rows.append(row)
    return rows


def read_kanji_workbook(path: Path) -> list[Row]:
    """Rows of the MJ文字情報一覧表 from the publisher's workbook, in the same shape."""
    rows = read_workbook(path)
    for row in rows:
        sequences = row.pop("sequences")
        row.update(ivs=sequences[0] if sequences else None, ivs_extra=sequences[1:])
    return rows


def add_joined(rows: list[Row], connection: sqlite3.Connection) -> None:
    """Add what the list itself does not have: kind, IDS, notes of the 縮退マップ."""
    notes = dict(connection.execute("SELECT MJ文字図形名, 参考情報 FROM mjsm_note").fetchall())
    ids = read_ids(connection)
    for row in rows:
        row.update(kind="kanji", ids=ids.get(row["ucs"], []), phonetics=[], shrink_note=notes.get(row["mj"]))


def read_hentaigana(connection: sqlite3.Connection) -> list[Row]:
    """Rows of the list of 変体仮名; one merged into another has no code point and says so in ``note``."""
    sounds = grouped(connection.execute("SELECT MJ文字図形名, 音価 FROM mjih_phonetic"))
    lists = ("ivs_extra", "jisx0213_rules", "radicals", "readings", "ids")
    return [
        {
            "mj": mj,
            "kind": "hentaigana",
            "ucs": ucs,
            "ucs_implemented": ucs,
            "koseki": koseki,
            "jibo": jibo,
            "phonetics": sounds.get(mj, []),
            "hentaigana_id": number,
            "note": note,
            **{name: [] for name in lists},
        }
        for mj, ucs, koseki, jibo, number, note in connection.execute(
            "SELECT MJ文字図形名, UCS符号位置, 戸籍統一文字番号, 字母のUCS符号位置, 学術用変体仮名番号, 備考"
            " FROM mjih"
        )
    ]


def read_shrink(connection: sqlite3.Connection) -> list[Row]:
    """Rows of the MJ縮退マップ, by MJ name, then authority, then rank and hops."""
    rows = []
    for basis, table in SHRINK_TABLES.items():
        cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - constant names
        names = [column[0] for column in cursor.description]
        for values in cursor:
            row = dict(zip(names, values, strict=True))
            rows.append(
                {
                    "mj": row["MJ文字図形名"],
                    "basis": basis,
                    "target": u_text(row["縮退UCS"]),
                    "jisx0213": row["縮退X0213"],
                    "rank": row.get("順位"),
                    "hops": row.get("ホップ数"),
                }
            )
    order = {basis: position for position, basis in enumerate(SHRINK_TABLES)}
    return sorted(
        rows,
        key=lambda r: (
            r["mj"],
            order[r["basis"]],
            r["rank"] or 0,
            r["hops"] or 0,
            r["target"],
            r["jisx0213"],
        ),
    )


def same_outlines(font: Path) -> list[tuple[str, str]]:
    """Pairs of MJ names whose outlines in the font are the same, byte for byte."""
    with TTFont(font, lazy=True) as face:
        locations, outlines = face["loca"], face.reader["glyf"]
        names = grouped(
            (outlines[locations[glyph] : locations[glyph + 1]], name.upper())
            for glyph, name in enumerate(face.getGlyphOrder())
            if name.startswith("mj")
        )
    return [pair for group in names.values() for pair in combinations(sorted(group), 2)]


def identical_pairs(rows: Iterable[Row], drawn: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Pairs of MJ names that are one glyph, with the reason.

    ``declared``: the table says that shape and meaning are the same. ``noted``: it says in passing that one
    is drawn as the other. ``merged``: a 変体仮名 merged into another. ``drawn``: only the font shows it.
    """
    found = dict.fromkeys(drawn, "drawn")
    for row in rows:
        note = row.get("note") or ""
        if match := MERGED.match(note):
            found[tuple(sorted((row["mj"], match[1])))] = "merged"
        for pattern, basis in ((NOTED_IDENTICAL, "noted"), (DECLARED_IDENTICAL, "declared")):
            if match := pattern.match(note):
                found[tuple(sorted(match.groups()))] = basis
    return sorted((a, b, basis) for (a, b), basis in found.items())


def write_parquet(rows: list[Row], schema: pa.Schema, path: Path) -> None:
    """Write rows as zstd Parquet, without anything that changes from run to run."""
    pq.write_table(
        pa.Table.from_pylist(rows, schema=schema).replace_schema_metadata(None),
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in FEW_VALUES if name.split(".")[0] in schema.names],
        row_group_size=1 << 20,
        store_schema=True,
        write_statistics=False,
    )


def file_facts(path: Path, rows: int) -> dict[str, str]:
    """What ``reference.toml`` says of a file, as TOML values."""
    return {"sha256": f'"{hashlib.sha256(path.read_bytes()).hexdigest()}"', "rows": str(rows)}


def update_manifest(path: Path, facts: Mapping[str, Mapping[str, str]]) -> None:
    """Set keys in tables of ``reference.toml``, leaving everything else as a person wrote it.

    Parameters
    ----------
    path : Path
        The definition.
    facts : mapping of str to mapping of str to str
        Table → key → TOML value. Every key must be there already, above any list of the table.
    """
    text = path.read_text(encoding="utf-8")
    for table, values in facts.items():
        for key, value in values.items():
            pattern = re.compile(rf"(\[{re.escape(table)}\](?:\n[^\[\n]*)*?\n{key} = )[^\n]*")
            text, count = pattern.subn(rf"\g<1>{value}", text, count=1)
            if count != 1:
                msg = f"{path}: [{table}] has no line '{key} = …'"
                raise SystemExit(msg)
    path.write_text(text, encoding="utf-8", newline="\n")


def main(arguments: list[str] | None = None) -> None:
    """Read the source, write the three files and update the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--mojidata", type=Path, required=True, help="dist/moji.db of @mandel59/mojidata 1.8.1"
    )
    parser.add_argument(
        "--workbook",
        type=Path,
        help="the publisher's MJ文字情報一覧表; takes the place of the one in moji.db",
    )
    parser.add_argument("--font", type=Path, required=True, help="ipamjm.ttf, for the pairs drawn alike")
    parser.add_argument("--out", type=Path, required=True, help="folder with reference.toml")
    options = parser.parse_args(arguments)
    for name in ("mojidata", "workbook", "font"):
        if getattr(options, name) and not getattr(options, name).is_file():
            parser.error(f"--{name}: no such file: {getattr(options, name)}")
    connection = sqlite3.connect(f"{options.mojidata.resolve().as_uri()}?mode=ro", uri=True)
    kanji = read_kanji_workbook(options.workbook) if options.workbook else read_kanji(connection)
    add_joined(kanji, connection)
    rows = sorted(kanji + read_hentaigana(connection), key=lambda row: row["mj"])
    shrink = read_shrink(connection)
    pairs = identical_pairs(rows, same_outlines(options.font))
    connection.close()

    out: Path = options.out
    write_parquet(rows, TABLE_SCHEMA, out / "table.parquet")
    write_parquet(shrink, SHRINK_SCHEMA, out / "shrink.parquet")
    with (out / "identical.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("mj_a", "mj_b", "basis"))
        writer.writerows(pairs)
    facts = {
        "files.table": file_facts(out / "table.parquet", len(rows)),
        "files.shrink": file_facts(out / "shrink.parquet", len(shrink)),
        "files.identical": file_facts(out / "identical.csv", len(pairs)),
        "counts": {kind: str(count) for kind, count in Counter(row["kind"] for row in rows).items()},
    }
    update_manifest(out / "reference.toml", facts)
    for table, values in facts.items():
        sys.stderr.write(f"{table}: {values}\n")


if __name__ == "__main__":
    main()
