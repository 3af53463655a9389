"""The 同定結果リスト as a PDF: summary, list with pictures, legend; A4, to be read and marked by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO

from engine.errors import UsageError
from engine.report.columns import code_text
from engine.report.entries import Entry
from engine.report.listing import Listing, class_table, summary_facts
from engine.report.paper import FAINT, HEAD, HEIGHT, MARGIN, MM, TEXT, WIDTH, Align, Labels, Paper
from engine.report.summary import container_of
from engine.report.tiles import in_levels, is_dotted, tile
from engine.report.words import REVIEWS, evidence_in_words, status_in_words, submitted_in_words
from engine.result import Identification
from engine.sheet.overlay import Colour
from engine.sheet.verdict import VERDICT_COLOURS, verdict_text

Progress = Callable[[str, int, int], None]

MOST_ENTRIES = 30_000
"""Lines of one document: more than 1,500 pages are for nobody's eyes, and all are held in memory."""

_SIZE, _LEADING = 7.0, 8.8
_CODE_SIZE = 8.0
_TILE_PX = 128
_TILE = 13.5 * MM
_PAD = 1.2 * MM
_LEAST_HEIGHT = _TILE + 2 * _PAD
_HEAD_HEIGHT = 6 * MM
_TOP = HEIGHT - MARGIN - 4 * MM
_BOTTOM = MARGIN + 2 * MM
_MOST_SAME = 12
_MOST_SOURCE_LINES = 3
_MOST_INPUTS, _MOST_FAILURES = 16, 12


@dataclass(frozen=True, slots=True)
class _Line:
    """A laid-out line of a cell."""

    text: str
    size: float = _SIZE
    colour: Colour = TEXT
    bold: bool = False


_Cell = tuple[_Line, ...]

_COLUMNS: tuple[tuple[str, float], ...] = (
    ("通番", 9 * MM),
    ("外字", _TILE + 2 * _PAD),
    ("MJ の図形", _TILE + 2 * _PAD),
    ("外字コード", 28 * MM),
    ("MJ 文字図形名・コード", 29 * MM),
    ("区分", 24 * MM),
    ("根拠", 48 * MM),
    ("確認", 16.2 * MM),
)
"""Heading and width; together as wide as the page between its margins."""


def write_listing(listing: Listing, stream: BinaryIO, *, progress: Progress | None = None) -> None:
    """Write a list as PDF.

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
    ReferenceSetError
        The font cannot be embedded.
    """
    if len(listing.entries) > MOST_ENTRIES:
        raise UsageError(
            f"PDF にするには一覧の行が多すぎます（{len(listing.entries):,} 行、上限 {MOST_ENTRIES:,} 行）。"
            "--only で絞るか、.xlsx にしてください。"
        )
    labels = Labels(listing.face)
    pages = _paged([_height(_cells(entry, labels)) for entry in listing.entries])
    legend = _legend_pages(listing, labels)
    heading = listing.heading
    paper = Paper(
        stream,
        labels,
        listing.face,
        title=" ".join(filter(None, (heading.title, heading.municipality))),
        pages=1 + len(pages) + len(legend),
        day=heading.day,
    )
    _summary_page(paper, listing, labels)
    done = 0
    for count in pages:
        _list_page(paper, listing, labels, done, count)
        done += count
        if progress is not None:
            progress("一覧を書いています", done, len(listing.entries))
    for lines in legend:
        _legend_page(paper, lines)
    paper.finish()


def _paged(heights: Sequence[float]) -> list[int]:
    """Return how many lines each page holds."""
    pages: list[int] = []
    room = 0.0
    for height in heights:
        if height > room:
            pages.append(0)
            room = _TOP - _HEAD_HEIGHT - _BOTTOM
        pages[-1] += 1
        room -= height
    return pages


# --- One line of the list ---


def _cells(entry: Entry, labels: Labels) -> tuple[_Cell, ...]:
    """Lay out the columns from the code to the evidence."""
    row = entry.row
    widths = [width - 2 * _PAD for _, width in _COLUMNS]
    look = VERDICT_COLOURS[row.verdict]
    verdict = [
        _Line(text, _CODE_SIZE, look, bold=True)
        for text in labels.lines(verdict_text(row), _CODE_SIZE, widths[5])
    ]
    if row.verdict is not None:
        verdict.append(_Line(REVIEWS[row.review], bold=True))
    if row.confidence is not None:
        verdict.append(_Line(f"確信度 {row.confidence:.3f}", colour=FAINT))
    reasons = evidence_in_words(row) if row.status == "ok" else (status_in_words(row),)
    return (
        (*_code_lines(entry, labels, widths[3]),),
        (*_mj_lines(row, labels, widths[4]),),
        tuple(verdict),
        tuple(_Line(line) for reason in reasons for line in labels.lines(reason, _SIZE, widths[6])),
    )


def _code_lines(entry: Entry, labels: Labels, width: float) -> Iterable[_Line]:
    row = entry.row
    if row.gaiji_code:
        yield _Line(row.gaiji_code, _CODE_SIZE, bold=True)
    named = " ".join(filter(None, (row.municipality, row.system, row.font, submitted_in_words(row.kind)[:1])))
    beside = file_name(row.source) if not row.gaiji_code or not named else ""
    for text in filter(None, (named, beside)):
        for line in labels.lines(text, _SIZE, width)[:_MOST_SOURCE_LINES]:
            yield _Line(line, colour=FAINT)
    if entry.same:
        shown = "、".join(_told_apart(each, row) for each in entry.same[:_MOST_SAME])
        rest = len(entry.same) - _MOST_SAME
        text = f"同じ図形: {shown}" + (f" ほか {rest:,} 字" if rest > 0 else "")
        for line in labels.lines(text, _SIZE, width):
            yield _Line(line)


def _told_apart(other: Identification, row: Identification) -> str:
    """Return the code of a duplicate, with what of its key is another than that of the line's gaiji."""
    if not other.gaiji_code:
        return file_name(other.source)
    pairs = ((other.municipality, row.municipality), (other.system, row.system), (other.font, row.font))
    return " ".join([*(theirs for theirs, ours in pairs if theirs and theirs != ours), other.gaiji_code])


def _mj_lines(row: Identification, labels: Labels, width: float) -> Iterable[_Line]:
    if not row.mj:
        return
    yield _Line(row.mj, _CODE_SIZE, bold=True)
    facts = (
        code_text(row.ivs or row.ucs),
        f"住基 {row.juki}" if row.juki else "",
        f"戸籍 {row.koseki}" if row.koseki else "",
    )
    for text in filter(None, facts):
        for line in labels.lines(text, _SIZE, width):
            yield _Line(line)


def _height(cells: Sequence[_Cell]) -> float:
    tallest = max(sum(_leading(line) for line in cell) for cell in cells)
    room = _TOP - _HEAD_HEIGHT - _BOTTOM
    return min(max(_LEAST_HEIGHT, tallest + 2 * _PAD), room)


def _leading(line: _Line) -> float:
    return _LEADING * line.size / _SIZE


def _list_page(paper: Paper, listing: Listing, labels: Labels, first: int, count: int) -> None:
    y = _TOP - _HEAD_HEIGHT
    _head(paper, y)
    for number in range(first, first + count):
        entry = listing.entries[number]
        cells = _cells(entry, labels)
        height = _height(cells)
        y -= height
        _list_line(paper, listing, entry, cells, number + 1, y, height)
    _verticals(paper, y, _TOP)
    paper.next_page()


def _head(paper: Paper, y: float) -> None:
    x = MARGIN
    paper.box(MARGIN, y, WIDTH - 2 * MARGIN, _HEAD_HEIGHT, fill=HEAD)
    for heading, width in _COLUMNS:
        paper.text(x + width / 2, y + 2 * MM, heading, _SIZE, align="centre", bold=True)
        x += width


def _verticals(paper: Paper, bottom: float, top: float) -> None:
    x = MARGIN
    for width in (0.0, *(width for _, width in _COLUMNS)):
        x += width
        paper.rule(x, bottom, x, top)


def _list_line(
    paper: Paper,
    listing: Listing,
    entry: Entry,
    cells: Sequence[_Cell],
    number: int,
    y: float,
    height: float,
) -> None:
    top = y + height
    paper.rule(MARGIN, y, WIDTH - MARGIN, y)
    x = MARGIN
    starts = []
    for _, width in _COLUMNS:
        starts.append(x)
        x += width
    paper.text(
        starts[0] + _COLUMNS[0][1] / 2, top - 4.2 * MM, f"{number}", _SIZE, align="centre", colour=FAINT
    )
    middle = y + (height - _TILE) / 2
    glyph = listing.pictures.glyph(entry.row)
    if glyph is None:
        _note(paper, starts[1], y, height, "画像なし")
    else:
        ink = tile(glyph.ink, _TILE_PX, margin_px=0, dots=is_dotted(glyph))
        paper.picture(in_levels(ink), starts[1] + _PAD, middle, _TILE)
    if not paper.glyph(entry.row.mj, starts[2] + _PAD, middle, _TILE):
        _note(paper, starts[2], y, height, "図形なし" if entry.row.mj else "—")
    for start, cell in zip(starts[3:7], cells, strict=True):
        at = top - _PAD
        for line in cell:
            at -= _leading(line)
            if at < y:
                break
            paper.text(start + _PAD, at + 1.6, line.text, line.size, colour=line.colour, bold=line.bold)
    paper.text(starts[7] + _COLUMNS[7][1] / 2, top - 4.2 * MM, "○　×", _SIZE, align="centre", colour=FAINT)


def _note(paper: Paper, x: float, y: float, height: float, text: str) -> None:
    paper.text(x + _COLUMNS[1][1] / 2, y + height / 2 - 2, text, _SIZE, align="centre", colour=FAINT)


def file_name(source: str) -> str:
    """Return the last part of a path, with the member of a container behind it."""
    container = container_of(source)
    name = PureWindowsPath(container).name if "\\" in container else PurePosixPath(container).name
    return (name or container) + source[len(container) :]


# --- The first page ---


def _summary_page(paper: Paper, listing: Listing, labels: Labels) -> None:
    heading, summary = listing.heading, listing.summary
    y = HEIGHT - MARGIN - 12 * MM
    paper.text(MARGIN, y, heading.title, 20, width=WIDTH - 2 * MARGIN, bold=True)
    y -= 12 * MM
    for label, value in summary_facts(listing):
        paper.text(MARGIN, y, label, 9, colour=FAINT)
        paper.text(MARGIN + 45 * MM, y, value, 9, width=WIDTH - 2 * MARGIN - 45 * MM)
        y -= 5.4 * MM
    y = _table(paper, y - 6 * MM, "区分ごとの字数", ("区分", "自動", "要確認", "計"), class_table(summary))
    if summary.failures:
        failures = _cut_off(list(summary.failures.items()), _MOST_FAILURES, "種類")
        y = _table(paper, y - 8 * MM, "読めなかったもの", ("理由", "件数"), failures)
    inputs = [(file_name(source), count) for source, count in summary.sources.items()]
    y = _table(paper, y - 8 * MM, "入力", ("ファイル", "字数"), _cut_off(inputs, _MOST_INPUTS, "ファイル"))
    y -= 9 * MM
    paper.text(MARGIN, y, "この一覧の使い方", 10, bold=True)
    for text in (*heading.notes, *_HOW_TO_CHECK):
        for line in labels.lines(f"・{text}", 8.5, WIDTH - 2 * MARGIN):
            y -= 4.8 * MM
            paper.text(MARGIN, y, line, 8.5)
    paper.next_page()


_HOW_TO_CHECK = (
    "外字と MJ の図形を見比べ、提案のとおりでよければ「確認」の ○ を、違えば × を囲みます。",
    "「要確認」の行は、人が見て決めるまで、置き換えには使われません。「自動」の行も、抜き取りで確かめてください。",
    "囲んだ結果は、同じ一覧の Excel（.xlsx）の「確認」の列に写すと、gaiji が読み取れます。",
    "外字コードの下の ①②③ は、住基ネット残存外字・既存住基システム外字・その他システム外字のことです。",
    "「根拠」の言葉の意味は、終わりのページの凡例にあります。",
)


def _cut_off(lines: list[tuple[str, int]], most: int, unit: str) -> list[tuple[str | int, ...]]:
    shown: list[tuple[str | int, ...]] = [*lines[:most]]
    if len(lines) > most:
        shown.append((f"ほか {len(lines) - most:,} {unit}", sum(count for _, count in lines[most:])))
    return shown


def _table(
    paper: Paper, y: float, title: str, headings: Sequence[str], lines: Sequence[tuple[str | int, ...]]
) -> float:
    """Draw a table of a text and numbers; return where it ends."""
    first, other, height = 80 * MM, 24 * MM, 5.2 * MM
    width = first + other * (len(headings) - 1)
    paper.text(MARGIN, y, title, 10, bold=True)
    y -= 2 * MM + height
    paper.box(MARGIN, y, width, height, fill=HEAD)
    for at, cells in enumerate((tuple(headings), *lines)):
        base = y - at * height
        for column, value in enumerate(cells):
            x = MARGIN + (first + other * column - 2 * MM if column else 2 * MM)
            text = f"{value:,}" if isinstance(value, int) else value
            align: Align = "right" if column else "left"
            paper.text(
                x, base + 1.6 * MM, text, 8.5, width=(other if column else first) - 4 * MM, align=align
            )
        paper.rule(MARGIN, base, MARGIN + width, base)
    return y - len(lines) * height


# --- The last pages ---

_LegendLine = tuple[str, str, str]
_LEGEND_WIDTHS = (26 * MM, 58 * MM, 102 * MM)


def _legend_pages(listing: Listing, labels: Labels) -> list[list[_LegendLine]]:
    """Break the legend into lines, and the lines into pages."""
    pages: list[list[_LegendLine]] = [[]]
    most = int((_TOP - 14 * MM - _BOTTOM) / (4.4 * MM))
    for entry in listing.legend:
        cells = [
            labels.lines(text, 8, width - 3 * MM)
            for text, width in zip((entry.id, entry.title, entry.explanation), _LEGEND_WIDTHS, strict=True)
        ]
        tall = max(map(len, cells))
        padded = [(*cell, *[""] * (tall - len(cell))) for cell in cells]
        lines = [(a, b, c) for a, b, c in zip(*padded, strict=True)]
        if len(pages[-1]) + tall > most:
            pages.append([])
        pages[-1] += lines
    return pages if pages[0] else []


def _legend_page(paper: Paper, lines: Sequence[_LegendLine]) -> None:
    y = _TOP - 4 * MM
    paper.text(MARGIN, y, "凡例（「根拠」の言葉）", 11, bold=True)
    y -= 4 * MM
    for line in lines:
        y -= 4.4 * MM
        if line[0]:
            paper.rule(MARGIN, y + 3.8 * MM, WIDTH - MARGIN, y + 3.8 * MM)
        x = MARGIN
        for text, width in zip(line, _LEGEND_WIDTHS, strict=True):
            paper.text(x, y, text, 8)
            x += width
    paper.next_page()
