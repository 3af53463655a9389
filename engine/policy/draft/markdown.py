"""A draft as Markdown, with its pictures as files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.policy.draft.model import (
    Block,
    Document,
    Items,
    Paragraph,
    Picture,
    Question,
    cell_text,
    plain,
)
from engine.report.survey_table import Table

_MARKS = re.compile(r"([\\`*_{}\[\]<>|~#&])")
_SIGN = re.compile(r"^([-+=])")
_ORDINAL = re.compile(r"^([0-9]+)([.)])(?= |$)")


def to_markdown(document: Document, folder: str) -> tuple[str, dict[str, bytes]]:
    """Return the text, and the pictures by file name.

    Parameters
    ----------
    document : Document
    folder : str
        Where the text will find the pictures, relative to itself.
    """
    writer = _Writer(folder)
    return "\n".join(writer.lines(document)).rstrip() + "\n", writer.pictures


class _Writer:
    """Counts tables, pictures and questions while it writes."""

    def __init__(self, folder: str) -> None:
        self.pictures: dict[str, bytes] = {}
        self._folder = folder
        self._tables = self._questions = 0

    def lines(self, document: Document) -> Iterator[str]:
        yield f"# {escaped(document.title)}（{escaped(document.subtitle)}）"
        yield from ("", "| 項目 | 内容 |", "| --- | --- |")
        yield from (f"| {escaped(label)} | {escaped(text)} |" for label, text in document.facts)
        yield ""
        for text in document.preface:
            yield from (escaped(text), "")
        if document.questions:
            yield from ("## 決めることの一覧", "")
            for number, (place, question) in enumerate(document.questions, 1):
                yield f"* 【要決定 {number}】（第 {place} 章）{escaped(question.text)}"
            yield ""
        for at, chapter in enumerate(document.chapters, 1):
            yield from (f"## 第 {at} 章　{escaped(chapter.title)}", "")
            for number, section in enumerate(chapter.sections, 1):
                if section.title:
                    yield from (f"### {at}.{number}　{escaped(section.title)}", "")
                for block in section.blocks:
                    yield from self._block(block)

    def _block(self, block: Block) -> Iterator[str]:
        match block:
            case Paragraph():
                yield from (escaped(block.text), "")
            case Items():
                for at, text in enumerate(block.texts, 1):
                    yield f"{f'{at}.' if block.ordered else '*'} {escaped(text)}"
                yield ""
            case Question():
                self._questions += 1
                yield from (f"> **【要決定 {self._questions}】** {escaped(block.text)}", "")
            case Picture():
                number = len(self.pictures) + 1
                name = f"{number:03d}.png"
                self.pictures[name] = block.png
                caption = escaped(f"図 {number}　{block.caption}")
                yield from (f"![{caption}](<{self._folder}/{name}>)", "", caption, "")
            case Table():
                yield from self._table(block)

    def _table(self, table: Table) -> Iterator[str]:
        self._tables += 1
        yield from (f"**表 {self._tables}　{escaped(table.title)}**", "")
        yield f"| {' | '.join(map(escaped, table.headings))} |"
        right = [all(isinstance(line[at], int) for line in table.lines) for at in range(len(table.headings))]
        yield f"| {' | '.join('---:' if each else '---' for each in right)} |"
        for line, is_sum in zip(table.lines, table.sums, strict=True):
            cells = [escaped(cell_text(value)) for value in line]
            yield f"| {' | '.join(f'**{cell}**' if is_sum and cell else cell for cell in cells)} |"
        yield ""
        for note in table.notes:
            yield f"* {escaped(note)}"
        if table.notes:
            yield ""


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is: nothing in it is a mark, a link or HTML."""
    marked = _MARKS.sub(r"\\\1", plain(text))
    return _ORDINAL.sub(r"\1\\\2", _SIGN.sub(r"\\\1", marked))
