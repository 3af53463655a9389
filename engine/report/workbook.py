"""The 同定結果リスト as an Excel workbook: summary, list with pictures, legend, and the data behind it.

Notes
-----
The data sheet is hidden and stands first. It has the rows exactly as the engine gave them, duplicates too, so
that a list which a person has sorted, filtered and filled in can still be read back whole.
"""

from __future__ import annotations

import io
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from engine.errors import UsageError
from engine.glyph.model import Ink
from engine.output.record import NUMBER_COLUMN, to_record
from engine.output.xlsx import fitting
from engine.report.columns import LIST_COLUMNS, Column, Facts, Sort, labels
from engine.report.entries import CHECKING_ORDER, Entry
from engine.report.listing import Heading, Listing, class_table, summary_facts
from engine.report.tiles import is_dotted, png, tile
from engine.result import COLUMNS, Identification
from engine.sheet.verdict import VERDICT_COLOURS

Progress = Callable[[str, int, int], None]

MOST_ENTRIES = 100_000
"""Lines with two pictures each; a spreadsheet becomes slow long before."""

DATA_SHEET, SUMMARY_SHEET, LIST_SHEET, LEGEND_SHEET = "データ", "まとめ", "同定結果リスト", "凡例"

TILE_PX, SHOWN_PX = 128, 64
"""Pixels of a picture, and those it takes on the screen: twice as many, so that print is sharp too."""

_TILE_MARGIN_PX = 4
_CELL_PX = SHOWN_PX + 8
_PX_PER_POINT = 96 / 72
_ROW_POINTS = _CELL_PX / _PX_PER_POINT
_LINE_POINTS = 12.5
_MOST_ROW_POINTS = 300.0
_FONT = {"font_name": "Yu Gothic", "font_size": 9}
_HEAD_COLOUR, _LINE_COLOUR, _ENTRY_COLOUR = "#E8EDF3", "#C9D0D8", "#FFFBE6"
_MOST_SOURCES = 200
_SHORT = 1_000
"""Characters that surely fit a cell."""
_TEXT = 49
"""Excel's own number of the format ``@``."""
_MARKS = ("○", "×")
_HEADER_CHARACTERS = 100


def write_workbook(listing: Listing, stream: BinaryIO, *, progress: Progress | None = None) -> None:
    """Write a list as ``.xlsx``.

    Parameters
    ----------
    listing : Listing
    stream : BinaryIO
        Stays open.
    progress : callable, optional
        Called with (text, lines done, lines).

    Raises
    ------
    UsageError
        More than :data:`MOST_ENTRIES` lines.
    """
    import xlsxwriter

    if len(listing.entries) > MOST_ENTRIES:
        raise UsageError(
            f"一覧の行が多すぎます（{len(listing.entries):,} 行、上限 {MOST_ENTRIES:,} 行）。"
            "--only で絞るか、結果を分けてください。"
        )
    # Rows wait in files of XlsxWriter's until the workbook is closed; a folder of our own goes away with them
    # when the run is interrupted before that.
    with tempfile.TemporaryDirectory(prefix="gaiji-", ignore_cleanup_errors=True) as folder:
        book = xlsxwriter.Workbook(
            stream,
            {
                "constant_memory": True,
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        try:
            _set_properties(book, listing.heading)
            formats = _Formats(book)
            _data_sheet(book.add_worksheet(DATA_SHEET), listing.rows)
            summary = book.add_worksheet(SUMMARY_SHEET)
            _summary_sheet(summary, listing, formats)
            summary.activate()
            summary.set_first_sheet()
            _ListSheet(book.add_worksheet(LIST_SHEET), listing, formats).write(progress)
            _legend_sheet(book.add_worksheet(LEGEND_SHEET), listing, formats)
            book.close()
        except BaseException:
            for sheet in book.worksheets():  # Windows cannot remove a folder with open files in it
                sheet.row_data_fh.close()
            book.fileclosed = True
            raise


def cell_text(value: str) -> str:
    r"""Return a text as a cell can hold it; lone surrogates, which no file can, are spelled ``\udcXX``."""
    if len(value) <= _SHORT and value.isprintable():  # nearly every cell; surrogates are not printable
        return value
    return fitting(value.encode("utf-8", "backslashreplace").decode("utf-8"))


class _Formats:
    """The workbook's few looks; text cells are of format ``@``, so that editing makes no formula of them."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.head = self._new(bold=True, bg_color=_HEAD_COLOUR, text_wrap=True, align="center", border=1)
        self.text = self._new(num_format=_TEXT, text_wrap=True, border=1)
        self.centre = self._new(num_format=_TEXT, text_wrap=True, align="center", border=1)
        self.faint = self._new(num_format=_TEXT, align="center", font_color="#5F6770", border=1)
        self.number = self._new(num_format="0", align="center", border=1)
        self.count = self._new(num_format="#,##0", border=1)
        self.share = self._new(num_format="0.000", align="center", border=1)
        self.entry = self._new(num_format=_TEXT, align="center", bg_color=_ENTRY_COLOUR, border=1)
        self.title = self._new(bold=True, font_size=16)
        self.section = self._new(bold=True, font_size=11)
        self.plain = self._new(num_format=_TEXT)
        self.paragraph = self._new(num_format=_TEXT, text_wrap=True, valign="top")
        self.accepted = book.add_format({"bg_color": "#D7EEDC"})
        self.refused = book.add_format({"bg_color": "#F9DCD2"})
        self.classes = {
            verdict: self._new(
                num_format=_TEXT,
                align="center",
                border=1,
                bold=True,
                font_color="#{:02X}{:02X}{:02X}".format(*VERDICT_COLOURS[verdict]),
            )
            for verdict in CHECKING_ORDER
        }

    def _new(self, **properties: object) -> Any:
        base = _FONT | {"valign": "vcenter"}
        lines = {"border_color": _LINE_COLOUR} if "border" in properties else {}
        return self._book.add_format(base | lines | properties)


def _set_properties(book: Any, heading: Heading) -> None:
    day = heading.day
    book.set_properties(
        {
            "title": cell_text(heading.title)[:255],
            "created": datetime(day.year, day.month, day.day),
        }
    )


def _data_sheet(sheet: Any, rows: Sequence[Identification]) -> None:
    sheet.hide()
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name)
    for number, row in enumerate(rows, 1):
        for column, (name, value) in enumerate(to_record(row).items()):
            if name == NUMBER_COLUMN:
                if value is not None:
                    sheet.write_number(number, column, value)
            elif value:
                sheet.write_string(number, column, cell_text(str(value)))


class _ListSheet:
    """The sheet that people work in."""

    def __init__(self, sheet: Any, listing: Listing, formats: _Formats) -> None:
        self._sheet = sheet
        self._listing = listing
        self._formats = formats
        self._last = max(len(listing.entries), 1)
        self._glyphs: dict[str, bytes | None] = {}

    def write(self, progress: Progress | None) -> None:
        """Write every line."""
        self._lay_out()
        sheet, formats = self._sheet, self._formats
        sheet.set_row(0, 30)
        for at, heading in enumerate(("通番", *(column.heading for column in LIST_COLUMNS))):
            sheet.write_string(0, at, heading, formats.head)
        total = len(self._listing.entries)
        for number, entry in enumerate(self._listing.entries, 1):
            sheet.set_row(number, _row_points(entry, self._listing.facts))
            sheet.write_number(number, 0, number, formats.number)
            for at, column in enumerate(LIST_COLUMNS, 1):
                self._cell(number, at, column, entry)
            if progress is not None:
                progress("一覧を書いています", number, total)

    def _lay_out(self) -> None:
        sheet, heading = self._sheet, self._listing.heading
        sheet.set_column_pixels(0, 0, 44)
        for at, column in enumerate(LIST_COLUMNS, 1):
            if column.sort in (Sort.GAIJI, Sort.MJ):
                sheet.set_column_pixels(at, at, _CELL_PX)
            else:
                sheet.set_column(at, at, column.width)
        printed = sum(column.printed for column in LIST_COLUMNS)
        sheet.freeze_panes(1, 3)
        sheet.autofilter(0, 0, self._last, len(LIST_COLUMNS))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        sheet.repeat_rows(0)
        sheet.print_area(0, 0, self._last, printed)
        sheet.fit_to_pages(1, 0)
        right = " ".join(filter(None, (heading.municipality, heading.day.isoformat())))
        sheet.set_header(f"&L{_header_text(heading.title)}&R{_header_text(right)}")
        sheet.set_footer("&C&P / &N")
        at = next(at for at, column in enumerate(LIST_COLUMNS, 1) if column.sort is Sort.ENTRY)
        sheet.data_validation(
            1,
            at,
            self._last,
            at,
            {
                "validate": "list",
                "source": list(_MARKS),
                "ignore_blank": True,
                "input_title": "確認",
                "input_message": "○ 提案のとおり\n× 提案の MJ ではない",
                "error_title": "○ か × を選んでください",
                "error_message": "まだ決めないときは空のままにします。"
                "別の MJ にするときは、右の「確定MJ」に書いてください。",
            },
        )
        for mark, look in zip(_MARKS, (self._formats.accepted, self._formats.refused), strict=True):
            sheet.conditional_format(
                1,
                at,
                self._last,
                at,
                {"type": "cell", "criteria": "==", "value": f'"{mark}"', "format": look},
            )

    def _cell(self, number: int, at: int, column: Column, entry: Entry) -> None:
        formats, sheet = self._formats, self._sheet
        match column.sort:
            case Sort.GAIJI:
                self._picture(number, at, self._gaiji(entry), "画像なし", f"外字 {labels(entry.row)}")
            case Sort.MJ:
                self._picture(number, at, self._glyph(entry.row.mj), "—", entry.row.mj)
            case Sort.ENTRY:
                entered = str(column.value(entry, self._listing.facts) or "")
                if entered:
                    sheet.write_string(number, at, cell_text(entered), formats.entry)
                else:
                    sheet.write_blank(number, at, None, formats.entry)
            case _:
                value = column.value(entry, self._listing.facts)
                if value is None or value == "":
                    if column.printed:  # its borders
                        sheet.write_blank(number, at, None, formats.text)
                elif isinstance(value, str):
                    look = formats.classes[entry.row.verdict] if column.heading == "区分" else formats.text
                    sheet.write_string(number, at, cell_text(value), look)
                else:
                    sheet.write_number(number, at, value, formats.share)

    def _gaiji(self, entry: Entry) -> bytes | None:
        glyph = self._listing.pictures.glyph(entry.row)
        if glyph is None:
            return None
        return png(_fitted(glyph.ink, dots=is_dotted(glyph)))

    def _glyph(self, mj: str) -> bytes | None:
        if mj not in self._glyphs:
            ink = self._listing.face.ink(mj) if mj else None
            self._glyphs[mj] = None if ink is None else png(_fitted(ink))
        return self._glyphs[mj]

    def _picture(self, number: int, at: int, data: bytes | None, without: str, description: str) -> None:
        if data is None:
            self._sheet.write_string(number, at, without, self._formats.faint)
            return
        self._sheet.write_blank(number, at, None, self._formats.text)
        scale = SHOWN_PX / TILE_PX
        self._sheet.insert_image(
            number,
            at,
            "glyph.png",
            {
                "image_data": io.BytesIO(data),
                "x_scale": scale,
                "y_scale": scale,
                "x_offset": (_CELL_PX - SHOWN_PX) // 2,
                "y_offset": (_CELL_PX - SHOWN_PX) // 2,
                "object_position": 1,  # moves and hides with its row: filters keep pictures and text together
                "description": cell_text(description)[:200],
            },
        )


def _fitted(ink: Ink, *, dots: bool = False) -> Ink:
    return tile(ink, TILE_PX, margin_px=_TILE_MARGIN_PX, dots=dots)


def _row_points(entry: Entry, facts: Facts) -> float:
    """Height that shows the pictures and every line of the words beside them."""
    lines = 1
    for column in LIST_COLUMNS:
        if column.heading in ("根拠の説明", "同じ図形の外字"):
            text = str(column.value(entry, facts) or "")[:4000]
            room = max(column.width - 1, 1)
            lines = max(lines, sum(-(-max(_width(line), 1) // int(room)) for line in text.split("\n")))
    return min(max(_ROW_POINTS, lines * _LINE_POINTS), _MOST_ROW_POINTS)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def _header_text(text: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in cell_text(text))
    return plain[:_HEADER_CHARACTERS].replace("&", "&&")


def _summary_sheet(sheet: Any, listing: Listing, formats: _Formats) -> None:
    heading, summary = listing.heading, listing.summary
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 3, 12)
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, cell_text(heading.title), formats.title)
    at = 1
    for label, value in summary_facts(listing):
        sheet.write_string(at, 0, label, formats.plain)
        sheet.write_string(at, 1, cell_text(value), formats.plain)
        at += 1
    at = _table(
        sheet, at + 1, "区分ごとの字数", ("区分", "自動", "要確認", "計"), class_table(summary), formats
    )
    if summary.failures:
        at = _table(
            sheet, at + 1, "読めなかったもの", ("理由", "件数"), list(summary.failures.items()), formats
        )
    sources = list(summary.sources.items())
    shown: list[tuple[str | int, ...]] = [*sources[:_MOST_SOURCES]]
    if len(sources) > _MOST_SOURCES:
        rest = sources[_MOST_SOURCES:]
        shown.append((f"ほか {len(rest):,} ファイル", sum(count for _, count in rest)))
    at = _table(sheet, at + 1, "入力", ("ファイル", "字数"), shown, formats)
    at += 1
    sheet.write_string(at, 0, "この一覧の使い方", formats.section)
    for text in (*heading.notes, *HOW_TO_CHECK):
        at += 1
        sheet.write_string(at, 0, cell_text(f"・{text}"), formats.plain)


HOW_TO_CHECK: tuple[str, ...] = (
    f"「{LIST_SHEET}」の外字と MJ の図形を見比べ、提案のとおりでよければ「確認」に ○、違えば × を選びます。",
    "別の MJ に決めたときは、「確認」を空のまま、「確定MJ」にその MJ 文字図形名（MJ026190 の形）を書きます。",
    "「要確認」の列が「要確認」の行は、人が見て決めるまで、置き換えには使われません。",
    "「根拠の説明」の言葉の意味は、シート「凡例」にあります。",
    f"非表示のシート「{DATA_SHEET}」は、gaiji がこのファイルを読み戻すためのもので、全件の結果があります。",
)


def _table(
    sheet: Any,
    at: int,
    title: str,
    headings: Sequence[str],
    lines: Sequence[tuple[str | int, ...]],
    formats: _Formats,
) -> int:
    """Write a small table and return the row behind it."""
    sheet.write_string(at, 0, title, formats.section)
    for column, text in enumerate(headings):
        sheet.write_string(at + 1, column, text, formats.head)
    for line, values in enumerate(lines, at + 2):
        for column, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(line, column, cell_text(value), formats.text)
            else:
                sheet.write_number(line, column, value, formats.count)
    return at + 2 + len(lines)


def _legend_sheet(sheet: Any, listing: Listing, formats: _Formats) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C&P / &N")
    sheet.freeze_panes(1, 0)
    for column, (heading, width) in enumerate((("番号", 14), ("名", 44), ("説明", 90))):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, formats.head)
    for number, entry in enumerate(listing.legend, 1):
        sheet.set_row(number, _LINE_POINTS * max(1, -(-_width(entry.explanation) // 88)) + 6)
        for column, text in enumerate((entry.id, entry.title, entry.explanation)):
            sheet.write_string(number, column, cell_text(text), formats.text)
