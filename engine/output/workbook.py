"""Excel workbooks from outside, read under ceilings.

An xlsx is a ZIP of XML. A few kilobytes of it can unpack to gigabytes; two cells in opposite corners of a
sheet make most readers lay out seventeen thousand million empty ones; one long text that a million cells
share is copied a million times. None of the readers at hand guards against all three, so this one streams: it
unpacks in small pieces whatever the archive says of its sizes, keeps only the cells that hold something, and
shares texts. Pictures, macros, formulas and links are never looked at.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from engine.errors import GaijiError

Cell = str | float
"""Text or a number; an empty cell is the empty text."""

XML_MB = 512
"""All XML that is read of one workbook, unpacked; 400,000 rows of results."""

MEMBERS = 500_000
"""Members of the archive: two pictures a row."""

ROWS, COLUMNS = 1_048_576, 16_384
"""What a sheet can have."""

_CHUNK = 1 << 16
_BOOK = "xl/workbook.xml"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DIRECTORY_ENTRY_BYTES = 400


class WorkbookError(GaijiError):
    """The file is no Excel workbook, or one that is too large or made to do harm."""

    code = "workbook"


def read_sheets(path: Path) -> Iterator[tuple[str, int, list[Cell]]]:
    """Read every sheet of an ``.xlsx`` workbook, in its order.

    Parameters
    ----------
    path : Path

    Yields
    ------
    tuple of str, int and list of Cell
        Of each row that holds something: the sheet's name, the row's number (from 1) and its cells up to the
        last that holds something. Dates are numbers, as Excel stores them; truth values ``TRUE`` and
        ``FALSE``.

    Raises
    ------
    WorkbookError
        Not a workbook, with a password, damaged, or beyond a ceiling of this module.
    """
    try:
        with path.open("rb") as stream:
            _check_directory(stream)
            with zipfile.ZipFile(stream) as archive:
                book = _Book(stream, archive)
                texts = book.texts()
                for name, member in book.sheets():
                    for number, cells in book.rows(member, texts):
                        yield name, number, cells
    except WorkbookError as error:
        raise WorkbookError(f"{error}: {path}") from error
    except (
        zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, KeyError, ValueError,
        expat.ExpatError,
    ) as error:  # fmt: skip
        raise WorkbookError(f"{_DAMAGED}: {path}") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorkbookError(
            f"ファイルを開けません（{reason}）。場所と権限を確かめてください: {path}"
        ) from error


_DAMAGED = (
    "Excel ファイル（.xlsx）として読めません。"
    "パスワードが付いていれば外し、Excel で開いて保存し直してください"
)


def _check_directory(stream: BinaryIO) -> None:
    """Refuse a directory of millions of entries before :mod:`zipfile` makes an object of each."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise zipfile.BadZipFile
    (directory,) = struct.unpack("<I", tail[end + 12 : end + 16])
    if min(directory, size) > MEMBERS * _DIRECTORY_ENTRY_BYTES:
        raise WorkbookError("Excel ファイルの中の部品が多すぎます。行を分けてください")


class _Book:
    """The members of one open workbook, with what may still be unpacked."""

    def __init__(self, stream: BinaryIO, archive: zipfile.ZipFile) -> None:
        self._stream = stream
        self._members = {info.filename: info for info in archive.infolist()}
        self._room = XML_MB * 1_000_000

    def sheets(self) -> list[tuple[str, str]]:
        """Return name and member of each sheet."""
        targets: dict[str, str] = {}
        found: list[tuple[str, str]] = []

        def relation(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship":
                targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"]))

        def sheet(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                key = next(value for key, value in attributes.items() if _local(key) == "id")
                found.append((attributes["name"], targets[key].lstrip("/")))

        for _ in self._parse("xl/_rels/workbook.xml.rels", start=relation):
            pass
        for _ in self._parse(_BOOK, start=sheet):
            pass
        return [(name, member) for name, member in found if member in self._members]

    def texts(self) -> list[str]:
        """Return the texts that cells share; furigana are left out."""
        if "xl/sharedStrings.xml" not in self._members:
            return []
        texts: list[str] = []
        parts: list[str] = []
        open_elements: list[str] = []

        def start(name: str, _attributes: dict[str, str]) -> None:
            open_elements.append(name)

        def end(name: str) -> None:
            open_elements.pop()
            if name == "si":
                texts.append(_text("".join(parts)))
                parts.clear()

        def data(text: str) -> None:
            if open_elements[-1] == "t" and "rPh" not in open_elements:
                parts.append(text)

        for _ in self._parse("xl/sharedStrings.xml", start=start, end=end, data=data):
            pass
        return texts

    def rows(self, member: str, texts: list[str]) -> Iterator[tuple[int, list[Cell]]]:
        """Yield number and cells of each row that holds something."""
        sheet = _Sheet(texts)
        for _ in self._parse(member, start=sheet.start, end=sheet.end, data=sheet.data):
            yield from sheet.done
            sheet.done.clear()

    def _parse(
        self,
        member: str,
        *,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        data: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Parse one member; yields after each piece of it."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
        if end is not None:
            parser.EndElementHandler = lambda name: end(_local(name))
        if data is not None:
            parser.CharacterDataHandler = data
        for piece in self._unpack(self._members[member]):
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
        yield

    def _unpack(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """Unpack by the packed size alone: the unpacked size in the archive may be a lie."""
        self._stream.seek(info.header_offset)
        header = self._stream.read(30)
        if header[:4] != b"PK\x03\x04" or info.flag_bits & 0x1:
            raise zipfile.BadZipFile
        place = info.header_offset + 30 + sum(struct.unpack("<HH", header[26:30]))
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError
        stored = info.compress_type == zipfile.ZIP_STORED
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        left = info.compress_size
        rest = b""
        while (left or rest) and not inflate.eof:
            if not rest:
                self._stream.seek(place)
                rest = self._stream.read(min(left, _CHUNK))
                if not rest:
                    raise EOFError
                place += len(rest)
                left -= len(rest)
            piece = rest if stored else inflate.decompress(rest, _CHUNK)
            rest = b"" if stored else inflate.unconsumed_tail
            self._room -= len(piece)
            if self._room < 0:
                raise WorkbookError(
                    f"Excel ファイルの中身が大きすぎます（展開して {XML_MB} MB まで）。"
                    "行を分けるか、CSV にしてから指定してください"
                )
            yield piece


class _Sheet:
    """Turns the events of one sheet's XML into rows."""

    def __init__(self, texts: list[str]) -> None:
        self.done: list[tuple[int, list[Cell]]] = []
        self._texts = texts
        self._cells: dict[int, Cell] = {}
        self._row = self._column = 0
        self._kind = ""
        self._parts: list[str] = []
        self._reading = False
        self._furigana = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "row":
                self._row = int(attributes.get("r", self._row + 1))
                self._column = 0
                if not 1 <= self._row <= ROWS:
                    raise ValueError
            case "c":
                self._column = self._column_of(attributes.get("r"))
                self._kind = attributes.get("t", "n")
                self._parts.clear()
            case "v" | "t":
                self._reading = not self._furigana
            case "rPh":
                self._furigana = True

    def data(self, text: str) -> None:
        if self._reading:
            self._parts.append(text)

    def end(self, name: str) -> None:
        match name:
            case "v" | "t":
                self._reading = False
            case "rPh":
                self._furigana = False
            case "c":
                if self._parts:
                    self._cells[self._column] = self._value("".join(self._parts))
            case "row":
                if self._cells:
                    width = max(self._cells)
                    self.done.append((self._row, [self._cells.get(at, "") for at in range(1, width + 1)]))
                self._cells = {}

    def _column_of(self, reference: str | None) -> int:
        if reference is None:
            column = self._column + 1
        elif found := _REFERENCE.fullmatch(reference):
            column = 0
            for letter in found[1]:
                column = column * 26 + ord(letter) - 64
        else:
            raise ValueError
        if column > COLUMNS:
            raise ValueError
        return column

    def _value(self, text: str) -> Cell:
        match self._kind:
            case "s":
                return self._texts[_index(text, len(self._texts))]
            case "b":
                return "TRUE" if text == "1" else "FALSE"
            case "n":
                return float(text)
            case _:
                return _text(text)


def _index(text: str, count: int) -> int:
    index = int(text)
    if not 0 <= index < count:
        raise ValueError
    return index


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _text(text: str) -> str:
    """Undo Excel's escape of what XML cannot hold; half a surrogate pair stays as it is written."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF else chr(code)


def _refuse_doctype(*_declaration: object) -> None:
    raise WorkbookError(
        "Excel ファイルの中に、あってはならない宣言（DTD）があります。作り直したものを指定してください"
    )
