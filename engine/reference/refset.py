"""What a reference set is: a folder whose ``reference.toml`` names its table, font and criteria version.

Why this is data and not constants: the national sets change (文字情報基盤 006.02 today, 行政事務標準文字 MJ+
with about 9,400 more characters next), and a municipality may have to identify against the one that its
contract names.
A folder of the same shape under ``GAIJI_DATA_DIR`` is all that another set needs.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.errors import ReferenceSetError
from engine.settings import Settings

DEFINITION = "reference.toml"
"""Name of the file that makes a folder a reference set."""

_BLOCK = 1 << 20


class GlyphsBy(StrEnum):
    """How a font's glyphs are addressed; never by shaping text."""

    NAME = "name"
    CODEPOINT = "codepoint"


@dataclass(frozen=True, slots=True)
class DataFile:
    """One data file of a set.

    Attributes
    ----------
    path : Path
    sha256 : str
        64 lower-case hex digits.
    rows : int
        Rows that it must hold.
    columns : tuple of str
        Column names that it must hold, in order; empty where the definition does not say.
    """

    path: Path
    sha256: str
    rows: int
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FontSpec:
    """The font that draws the set.

    Attributes
    ----------
    file : str
        File name to look for.
    family, title, version, license : str
        As people know it.
    sha256 : str
        Of the version that the set was built with; another version is used with a warning.
    debian_package : str
        Package that holds it; empty where there is none.
    download : str
        Page where people get it.
    glyphs : int
        How many names of the table it draws.
    by : GlyphsBy
    prefix : tuple of (str, str)
        For ``name``: leading part of the table's name → leading part of the glyph's name.
    column : str
        For ``codepoint``: the table's column with the font's code point (``U+E000``).
    """

    file: str
    family: str
    title: str
    version: str
    license: str
    sha256: str
    debian_package: str
    download: str
    glyphs: int
    by: GlyphsBy
    prefix: tuple[tuple[str, str], ...] = ()
    column: str = ""


@dataclass(frozen=True, slots=True)
class ShrinkBasis:
    """One ground for replacing a character by another; ``authority`` 0 is the highest."""

    id: str
    group: str
    title: str
    authority: int


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """A versioned set of characters to identify against: table, font and criteria version.

    Attributes
    ----------
    id : str
        Name with version, such as ``mojikiban-006.02``.
    title, source, license : str
        For people.
    license_file : Path
    criteria : str
        Version of the criteria (判定基準) that it is judged by.
    folder : Path
    table : DataFile
    shrink, identical : DataFile or None
    counts : mapping of str to int
        Rows of the table by ``kind``.
    font : FontSpec
    shrink_bases : tuple of ShrinkBasis
        In order of authority.
    """

    id: str
    title: str
    source: str
    license: str
    license_file: Path
    criteria: str
    folder: Path
    table: DataFile
    shrink: DataFile | None
    identical: DataFile | None
    counts: Mapping[str, int]
    font: FontSpec
    shrink_bases: tuple[ShrinkBasis, ...]

    @property
    def label(self) -> str:
        """Id of the set with its criteria version, as in the ``reference`` column of the results."""
        return f"{self.id}+criteria-{self.criteria}"

    def files(self) -> tuple[DataFile, ...]:
        """Return every data file of the set."""
        return tuple(file for file in (self.table, self.shrink, self.identical) if file is not None)

    def verify(self) -> None:
        """Compare the checksum of every data file.

        Raises
        ------
        ReferenceSetError
            A file is not the one that the definition names.
        """
        for file in self.files():
            found = file_sha256(file.path)
            if found != file.sha256:
                msg = (
                    f"参照セット {self.id} の {file.path.name} が壊れています"
                    f"（sha256 は {file.sha256[:12]}… のはずが {found[:12]}…）。"
                    f"{file.path.parent} を入れ直してください。"
                )
                raise ReferenceSetError(msg)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hex.

    Raises
    ------
    ReferenceSetError
        The file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        msg = f"{path} を読めません（{error.strerror}）。"
        raise ReferenceSetError(msg) from error
    return digest.hexdigest()


def find_reference_set(settings: Settings, name: str | None = None) -> ReferenceSet:
    """Find a set by its folder name: in the configured data folder, the repository, the package.

    Parameters
    ----------
    settings : Settings
        Where to look.
    name : str, optional
        Folder name; the settings' own where None.

    Raises
    ------
    ReferenceSetError
        No such folder, or what is in it is damaged.
    """
    wanted = settings.reference if name is None else name
    if not wanted or Path(wanted).name != wanted:
        msg = f"参照セットの名前「{wanted}」が正しくありません。フォルダー名だけを書いてください。"
        raise ReferenceSetError(msg)
    for parent in settings.data_dirs:
        if (parent / wanted / DEFINITION).is_file():
            return load_reference_set(parent / wanted)
    places = "、".join(str(parent / wanted) for parent in settings.data_dirs)
    msg = (
        f"参照セット「{wanted}」がありません。探した場所: {places}。"
        f"{DEFINITION} のあるフォルダーを置き、その親を環境変数 GAIJI_DATA_DIR に書いてください。"
    )
    raise ReferenceSetError(msg)


def load_reference_set(folder: Path) -> ReferenceSet:
    """Read the definition in ``folder`` and check that its files are there.

    Raises
    ------
    ReferenceSetError
        The definition cannot be read, lacks something, or names a file that is not there.
    """
    path = folder / DEFINITION
    try:
        parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"参照セットの定義 {path} を読めません（{error}）。"
        raise ReferenceSetError(msg) from error
    top = _Section(parsed, path, "")
    files = top.section("files")
    return ReferenceSet(
        id=top.text("id"),
        title=top.text("title"),
        source=top.text("source"),
        license=top.text("license"),
        license_file=folder / top.file_name("license_file"),
        criteria=top.text("criteria"),
        folder=folder,
        table=_data_file(files.section("table"), folder),
        shrink=_data_file(files.section("shrink"), folder) if "shrink" in files.values else None,
        identical=_data_file(files.section("identical"), folder) if "identical" in files.values else None,
        counts={kind: top.section("counts").number(kind) for kind in top.section("counts").values},
        font=_font_spec(top.section("font")),
        shrink_bases=tuple(
            ShrinkBasis(basis.text("id"), basis.text("group"), basis.text("title"), authority)
            for authority, basis in enumerate(top.sections("shrink_basis"))
        ),
    )


class _Section:
    """One TOML table, read strictly: every complaint names the file, the key and what it must be."""

    def __init__(self, values: Mapping[str, Any], path: Path, name: str) -> None:
        self.values = values
        self._path = path
        self._name = name

    def _fail(self, key: str, rule: str) -> ReferenceSetError:
        where = f"{self._name}.{key}" if self._name else key
        return ReferenceSetError(f"{self._path} の {where} は{rule}でなければなりません。")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self._fail(key, "空でない文字列")
        return value

    def number(self, key: str) -> int:
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._fail(key, "0 以上の整数")
        return value

    def sha256(self, key: str) -> str:
        value = self.text(key).lower()
        if len(value) != 64 or not set(value) <= set("0123456789abcdef"):
            raise self._fail(key, "64 桁の16進数")
        return value

    def file_name(self, key: str) -> str:
        value = self.text(key)
        if Path(value).name != value:
            raise self._fail(key, "フォルダーを含まないファイル名")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._fail(key, "文字列の並び")
        return tuple(value)

    def section(self, key: str) -> _Section:
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self._fail(key, "表（[…]）")
        return _Section(value, self._path, f"{self._name}.{key}" if self._name else key)

    def sections(self, key: str) -> list[_Section]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._fail(key, "表の並び（[[…]]）")
        return [_Section(item, self._path, f"{key}[{number}]") for number, item in enumerate(value)]

    def choice(self, key: str) -> GlyphsBy:
        value = self.text(key)
        if value not in set(GlyphsBy):
            raise self._fail(key, "・".join(GlyphsBy) + " のどれか")
        return GlyphsBy(value)


def _data_file(section: _Section, folder: Path) -> DataFile:
    path = folder / section.file_name("name")
    if not path.is_file() or path.stat().st_size == 0:
        msg = f"参照セットのファイル {path} がないか空です。{folder} を入れ直してください。"
        raise ReferenceSetError(msg)
    return DataFile(path, section.sha256("sha256"), section.number("rows"), section.texts("columns"))


def _font_spec(section: _Section) -> FontSpec:
    glyphs_by = section.section("glyphs_by")
    by = glyphs_by.choice("by")
    prefix: tuple[tuple[str, str], ...] = ()
    if by is GlyphsBy.NAME:
        pairs = glyphs_by.section("prefix")
        prefix = tuple((key, pairs.text(key, "")) for key in pairs.values)
    return FontSpec(
        file=section.file_name("file"),
        family=section.text("family"),
        title=section.text("title"),
        version=section.text("version"),
        license=section.text("license"),
        sha256=section.sha256("sha256"),
        debian_package=section.text("debian_package", ""),
        download=section.text("download", ""),
        glyphs=section.number("glyphs"),
        by=by,
        prefix=prefix,
        column=glyphs_by.text("column") if by is GlyphsBy.CODEPOINT else "",
    )
