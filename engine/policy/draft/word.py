"""A draft as a Word document: real styles, numbering, captions and fields, so that people can go on in it."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, BinaryIO

from engine.policy.draft import word_parts as parts
from engine.policy.draft.model import Block, Document, Items, Paragraph, Picture, Question, cell_text, plain
from engine.policy.tables import is_number
from engine.report.survey_table import Table

if TYPE_CHECKING:
    from docx.document import Document as Word

_TEXT_MM, _PICTURE_MM = 160.0, 152.0
_WIDEST_LETTERS, _SHORT_LETTERS = 60, 16
_FEWEST_LETTERS, _LEAST_MM = 4, 22.0
_LETTER_MM, _PADDING_MM = 1.62, 5.4
"""Of half-width letters in a cell, and of the cell's own margins."""


def write_word(document: Document, stream: BinaryIO, *, made_on: date) -> None:
    """Write a draft.

    Parameters
    ----------
    document : Document
    stream : BinaryIO
        Stays open.
    made_on : date
        For the properties of the file.
    """
    import docx

    word = docx.Document()
    parts.prepare(word, title=plain(f"{document.title}（{document.subtitle}）"))
    properties = word.core_properties
    properties.title = plain(f"{document.title}（{document.subtitle}）")
    properties.subject = "外字の扱いについての定め"
    properties.author = ""
    properties.last_modified_by = ""
    properties.comments = ""
    properties.keywords = "外字 文字情報基盤 文字運用ポリシー"
    properties.language = "ja-JP"
    at = datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC)
    properties.created = properties.modified = at
    _Writer(word).write(document)
    target = io.BytesIO()
    word.save(target)
    stream.write(target.getvalue())


class _Writer:
    """Counts questions and bookmarks while it writes; Word counts the rest."""

    def __init__(self, word: Word) -> None:
        self._word = word
        self._questions = self._tables = self._pictures = 0
        self._lists = parts.Lists(word)

    def write(self, document: Document) -> None:
        self._cover(document)
        self._contents(document)
        self._open(document)
        bookmark = 0
        for chapter in document.chapters:
            bookmark += 1
            parts.heading(self._word, plain(chapter.title), 1, bookmark)
            for section in chapter.sections:
                if section.title:
                    bookmark += 1
                    parts.heading(self._word, plain(section.title), 2, bookmark)
                for block in section.blocks:
                    self._block(block)

    def _cover(self, document: Document) -> None:
        self._word.add_paragraph(plain(document.title), style="Title")
        self._word.add_paragraph(plain(document.subtitle), style="Subtitle")
        lines = document.facts
        parts.table(
            self._word, None, [list(line) for line in lines], [False] * len(lines), [35.0, 105.0], set()
        )
        self._word.add_paragraph()
        for text in document.preface:
            self._word.add_paragraph(plain(text))

    def _contents(self, document: Document) -> None:
        entries = []
        bookmark = 0
        for at, chapter in enumerate(document.chapters, 1):
            bookmark += 1
            entries.append((1, f"第{at}章　{plain(chapter.title)}", bookmark))
            for number, section in enumerate((s for s in chapter.sections if s.title), 1):
                bookmark += 1
                entries.append((2, f"{at}.{number}　{plain(section.title)}", bookmark))
        parts.contents(self._word, entries)

    def _open(self, document: Document) -> None:
        if not document.questions:
            return
        parts.front_heading(self._word, "決めることの一覧")
        rows = [
            [f"{number}", f"第{chapter}章", plain(question.text)]
            for number, (chapter, question) in enumerate(document.questions, 1)
        ]
        head = ["番号", "章", "決めること"]
        parts.table(self._word, head, rows, [False] * len(rows), [14.0, 18.0, 128.0], {0})

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._word.add_paragraph(plain(block.text))
            case Items():
                self._lists.write([plain(text) for text in block.texts], ordered=block.ordered)
            case Question():
                self._questions += 1
                paragraph = self._word.add_paragraph(style=parts.QUESTION)
                paragraph.add_run(f"【要決定 {self._questions}】").bold = True
                paragraph.add_run(plain(block.text))
            case Picture():
                self._picture(block)
            case Table():
                self._table(block)

    def _picture(self, picture: Picture) -> None:
        from docx.shared import Mm

        paragraph = self._word.add_paragraph(style=parts.FIGURE)
        width = Mm(min(picture.width_mm, _PICTURE_MM))
        inline = paragraph.add_run().add_picture(io.BytesIO(picture.png), width=width)
        inline._inline.docPr.set("descr", plain(picture.caption))
        self._pictures += 1
        parts.caption(self._word, "図", self._pictures, plain(picture.caption), keep_with_next=False)

    def _table(self, table: Table) -> None:
        self._tables += 1
        parts.caption(self._word, "表", self._tables, plain(table.title), keep_with_next=True)
        rows = [[plain(cell_text(value)) for value in line] for line in table.lines]
        head = [plain(each) for each in table.headings]
        right = {
            at for at in range(len(head)) if table.lines and all(is_number(line[at]) for line in table.lines)
        }
        parts.table(self._word, head, rows, list(table.sums), _widths(head, rows), right)
        for note in table.notes:
            self._word.add_paragraph(f"注　{plain(note)}", style=parts.NOTE)
        if not table.notes:
            self._word.add_paragraph(style=parts.NOTE)


def _widths(head: list[str], rows: list[list[str]]) -> list[float]:
    """Share the width of the text among columns, in mm: short ones unbroken, the others get the rest."""
    letters = [
        min(_WIDEST_LETTERS, max(_letters(title), *(_letters(row[at]) for row in rows), _FEWEST_LETTERS))
        for at, title in enumerate(head)
    ]
    short = [each <= _SHORT_LETTERS for each in letters]
    if all(short):
        return [round(_TEXT_MM * each / sum(letters), 1) for each in letters]
    fixed = [
        _LETTER_MM * each + _PADDING_MM if kept else 0.0 for each, kept in zip(letters, short, strict=True)
    ]
    room = _TEXT_MM - _LEAST_MM * short.count(False)
    if sum(fixed) > room:
        fixed = [each * room / sum(fixed) for each in fixed]
    rest = (_TEXT_MM - sum(fixed)) / sum(n for n, kept in zip(letters, short, strict=True) if not kept)
    return [round(f or n * rest, 1) for n, f in zip(letters, fixed, strict=True)]


def _letters(text: str) -> int:
    """Count half-width letters."""
    return sum(1 + (ord(char) > 0xFF) for char in text)
