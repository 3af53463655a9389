"""What python-docx has no words for: Japanese fonts, numbered headings, captions, contents, headers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.text.paragraph import Paragraph

QUESTION, FIGURE, NOTE, FRONT = "要決定", "図の段落", "表の注", "前付け見出し"
MINCHO, GOTHIC, LATIN = "游明朝", "游ゴシック", "Times New Roman"
_INK, _LINE, _SHADE, _ASK = "1F2A36", "9AA7B4", "E8EDF3", "FFF6DC"
_HEADINGS = 7
"""Number of the list that the headings are numbered by; python-docx's template uses smaller ones."""
_NUMBERED, _BULLETS = 8, 9


def prepare(word: Word, *, title: str) -> None:
    """Set up page, styles, numbering, header and footer."""
    from docx.shared import Mm

    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin, section.bottom_margin = Mm(25), Mm(22)
    section.header_distance = section.footer_distance = Mm(12)
    _styles(word)
    _numbering(word)
    _language(word)
    header = section.header.paragraphs[0]
    header.text = title
    header.style = word.styles["Header"]
    footer = section.footer.paragraphs[0]
    footer.style = word.styles["Footer"]
    _field(footer, "PAGE", "1")
    footer.add_run(" / ")
    _field(footer, "NUMPAGES", "1")


def heading(word: Word, text: str, level: int, bookmark: int) -> None:
    """Add a numbered heading that the table of contents can point to; the first is on a new page."""
    paragraph = word.add_paragraph(style=f"Heading {level}")
    paragraph.paragraph_format.page_break_before = bookmark == 1
    start = _element("w:bookmarkStart", {"w:id": str(bookmark), "w:name": _bookmark(bookmark)})
    paragraph._p.append(start)
    paragraph.add_run(text)
    paragraph._p.append(_element("w:bookmarkEnd", {"w:id": str(bookmark)}))


def front_heading(word: Word, text: str) -> None:
    """Add a heading that has no number and is not in the contents, on a page of its own."""
    word.add_paragraph(text, style=FRONT)


def contents(word: Word, entries: Sequence[tuple[int, str, int]]) -> None:
    """Add the table of contents: a field, already filled in, that Word renews when it opens the document.

    The pages are Word's to find: it adds them. Readers that renew nothing show the entries as links.

    Parameters
    ----------
    word : Document
    entries : sequence of (int, str, int)
        Level, text, number of the bookmark.
    """
    front_heading(word, "目次")
    paragraph = None
    for at, (level, text, bookmark) in enumerate(entries):
        paragraph = word.add_paragraph(style=f"TOC {level}")
        if not at:
            _begin(paragraph, r'TOC \o "1-2" \h \z \u', dirty=True)
        link = _element("w:hyperlink", {"w:anchor": _bookmark(bookmark), "w:history": "1"})
        start = len(paragraph._p)
        paragraph.add_run(text)
        for child in list(paragraph._p)[start:]:
            link.append(child)
        paragraph._p.append(link)
    if paragraph is not None:
        _end(paragraph)


def caption(word: Word, label: str, number: int, text: str, *, keep_with_next: bool) -> None:
    """Add a caption whose number Word counts."""
    paragraph = word.add_paragraph(style="Caption")
    paragraph.add_run(f"{label} ")
    _field(paragraph, f"SEQ {label} \\* ARABIC", str(number))
    paragraph.add_run(f"　{text}")
    paragraph.paragraph_format.keep_with_next = keep_with_next


def table(
    word: Word, head: Sequence[str] | None, rows: Sequence[Sequence[str]], sums: Sequence[bool],
    widths_mm: Sequence[float], right: set[int],
) -> None:  # fmt: skip
    """Add a table; its header comes again on every page, and no row is torn apart.

    Parameters
    ----------
    word : Document
    head : sequence of str or None
        None for a table whose first column says what the rows are.
    rows : sequence of sequences of str
    sums : sequence of bool
        Rows in bold.
    widths_mm : sequence of float
    right : set of int
        Columns that are set flush right.
    """
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    made = word.add_table(rows=0, cols=len(widths_mm))
    made.style = word.styles["Table Grid"]
    made.autofit = False
    _borders(made._tbl.tblPr)
    for at, values in enumerate([*([head] if head else []), *rows]):
        is_head = head is not None and at == 0
        row = made.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(_element("w:cantSplit", {}))
        if is_head:
            properties.append(_element("w:tblHeader", {}))
        bold = is_head or (not is_head and sums[at - (head is not None)])
        for column, (cell, value, width) in enumerate(zip(row.cells, values, widths_mm, strict=True)):
            cell.width = Mm(width)
            paragraph = cell.paragraphs[0]
            paragraph.style = word.styles["表の中"]
            run = paragraph.add_run(value)
            run.bold = bold or (head is None and column == 0)
            if column in right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if is_head or (head is None and column == 0):
                _shade(cell._tc.get_or_add_tcPr(), _SHADE)
    for column, width in zip(made.columns, widths_mm, strict=True):
        column.width = Mm(width)


class Lists:
    """Lists: bullets, and numbers that begin anew with each list."""

    def __init__(self, word: Word) -> None:
        self._word = word
        self._next = 100

    def write(self, texts: Sequence[str], *, ordered: bool) -> None:
        """Add a list."""
        number = _BULLETS
        if ordered:
            number = self._next = self._next + 1
            new = _element("w:num", {"w:numId": str(number)})
            new.append(_element("w:abstractNumId", {"w:val": str(_NUMBERED)}))
            override = _element("w:lvlOverride", {"w:ilvl": "0"})
            override.append(_element("w:startOverride", {"w:val": "1"}))
            new.append(override)
            self._word.part.numbering_part.element.append(new)
        for text in texts:
            paragraph = self._word.add_paragraph(text, style="List Paragraph")
            _number(paragraph._p.get_or_add_pPr(), number, 0)


def _styles(word: Word) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt, RGBColor

    styles = word.styles
    ink = RGBColor.from_string(_INK)
    for name, base in (
        (QUESTION, "Normal"), (FIGURE, "Normal"), (NOTE, "Normal"), (FRONT, "Normal"), ("表の中", "Normal"),
        ("TOC 1", "Normal"), ("TOC 2", "Normal"),
    ):  # fmt: skip
        if name not in [each.name for each in styles]:
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        styles[name].base_style = styles[base]
    sizes: dict[str, tuple[float, float, float, str]] = {
        "Normal": (10.5, 0, 6, MINCHO),
        "Title": (24, 120, 6, GOTHIC),
        "Subtitle": (16, 0, 36, GOTHIC),
        "Heading 1": (15, 24, 10, GOTHIC),
        "Heading 2": (12, 14, 6, GOTHIC),
        FRONT: (15, 0, 10, GOTHIC),
        "Caption": (9.5, 8, 3, GOTHIC),
        "List Paragraph": (10.5, 0, 3, MINCHO),
        "Header": (8.5, 0, 0, GOTHIC),
        "Footer": (9, 0, 0, GOTHIC),
        QUESTION: (10.5, 6, 8, GOTHIC),
        FIGURE: (10.5, 6, 0, MINCHO),
        NOTE: (9, 2, 4, MINCHO),
        "表の中": (9, 1, 1, MINCHO),
        "TOC 1": (10.5, 4, 0, GOTHIC),
        "TOC 2": (10.5, 0, 0, MINCHO),
    }
    for name, (size, before, after, face) in sizes.items():
        style: Any = styles[name]
        style.font.size = Pt(size)
        style.font.italic = False
        style.font.bold = face == GOTHIC and name not in ("Header", "Footer", "Subtitle", "Caption", QUESTION)
        style.font.color.rgb = ink
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        _face(style, face)
    for name in ("Title", "Subtitle"):
        styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for border in styles[name].element.pPr.findall(_q("w:pBdr")):
            styles[name].element.pPr.remove(border)
    styles["Normal"].paragraph_format.line_spacing = 1.3
    for name in ("表の中", NOTE, FIGURE, "TOC 1", "TOC 2"):
        styles[name].paragraph_format.line_spacing = 1.0
    styles[FIGURE].paragraph_format.keep_with_next = True
    for name in ("Heading 1", "Heading 2", FRONT):
        styles[name].paragraph_format.keep_with_next = True
    styles[FRONT].paragraph_format.page_break_before = True
    for name, indent in (("TOC 1", 0), ("TOC 2", 8)):
        styles[name].paragraph_format.left_indent = Mm(indent)
        tabs = _element("w:tabs", {})
        tabs.append(_element("w:tab", {"w:val": "right", "w:leader": "dot", "w:pos": "9070"}))
        styles[name].element.get_or_add_pPr().append(tabs)
    styles["Footer"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    styles["Header"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    question = styles[QUESTION]
    question.paragraph_format.keep_together = True
    question.paragraph_format.left_indent = question.paragraph_format.right_indent = Mm(2)
    properties = question.element.get_or_add_pPr()
    box = _element("w:pBdr", {})
    for side in ("top", "left", "bottom", "right"):
        box.append(
            _element(f"w:{side}", {"w:val": "single", "w:sz": "8", "w:space": "4", "w:color": "B8860B"})
        )
    properties.insert_element_before(box, *_AFTER_BORDERS)
    shade = _element("w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": _ASK})
    properties.insert_element_before(shade, *_AFTER_BORDERS[1:])


_AFTER_BORDERS = (
    "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct",
    "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid",
    "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc",
    "w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle",
    "w:rPr", "w:sectPr", "w:pPrChange",
)  # fmt: skip
"""What follows paragraph borders in the order that the format fixes."""


def _face(style: Any, face: str) -> None:
    """Name the fonts outright: a theme's fonts are not Japanese ones everywhere."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    latin = LATIN if face == MINCHO else "Arial"
    for key, value in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", face)):
        fonts.set(_q(f"w:{key}"), value)


def _language(word: Word) -> None:
    for language in word.styles.element.iter(_q("w:lang")):
        language.set(_q("w:val"), "ja-JP")
        language.set(_q("w:eastAsia"), "ja-JP")
    settings = word.settings.element
    for old in settings.findall(_q("w:themeFontLang")):
        old.set(_q("w:val"), "ja-JP")
        old.set(_q("w:eastAsia"), "ja-JP")


def _numbering(word: Word) -> None:
    """Add the lists: chapters and sections, numbers, bullets."""
    numbering = word.part.numbering_part.element
    levels = {
        _HEADINGS: (("decimal", "第%1章", "Heading1", 0, 0), ("decimal", "%1.%2", "Heading2", 0, 0)),
        _NUMBERED: (("decimal", "%1.", "", 454, 454),),
        _BULLETS: (("bullet", "・", "", 340, 340),),
    }
    first = next(iter(numbering.findall(_q("w:num"))), None)
    for each in numbering.findall(_q("w:num")):
        if each.get(_q("w:numId")) in {str(number) for number in levels}:
            numbering.remove(each)
    for each in numbering.findall(_q("w:abstractNum")):
        if each.get(_q("w:abstractNumId")) in {str(number) for number in levels}:
            numbering.remove(each)
    first = next(iter(numbering.findall(_q("w:num"))), None)
    for number, lines in levels.items():
        abstract = _element("w:abstractNum", {"w:abstractNumId": str(number)})
        abstract.append(_element("w:multiLevelType", {"w:val": "multilevel"}))
        for at, (form, text, style, left, hanging) in enumerate(lines):
            level = _element("w:lvl", {"w:ilvl": str(at)})
            level.append(_element("w:start", {"w:val": "1"}))
            level.append(_element("w:numFmt", {"w:val": form}))
            if style:
                level.append(_element("w:pStyle", {"w:val": style}))
                level.append(_element("w:suff", {"w:val": "space"}))
            level.append(_element("w:lvlText", {"w:val": text}))
            level.append(_element("w:lvlJc", {"w:val": "left"}))
            properties = _element("w:pPr", {})
            properties.append(_element("w:ind", {"w:left": str(left), "w:hanging": str(hanging)}))
            level.append(properties)
            abstract.append(level)
        if first is not None:
            first.addprevious(abstract)
        else:
            numbering.append(abstract)
        new = _element("w:num", {"w:numId": str(number)})
        new.append(_element("w:abstractNumId", {"w:val": str(number)}))
        numbering.append(new)
    for at in (1, 2):
        _number(word.styles[f"Heading {at}"].element.get_or_add_pPr(), _HEADINGS, at - 1)


def _number(properties: Any, number: int, level: int) -> None:
    """Put a paragraph, or a style, into a list."""
    for old in properties.findall(_q("w:numPr")):
        properties.remove(old)
    own = properties.get_or_add_numPr()
    own.get_or_add_ilvl().val = level
    own.get_or_add_numId().val = number


def _borders(properties: Any) -> None:
    box = _element("w:tblBorders", {})
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        box.append(_element(f"w:{side}", {"w:val": "single", "w:sz": "4", "w:space": "0", "w:color": _LINE}))
    properties.append(box)


def _shade(properties: Any, colour: str) -> None:
    properties.append(_element("w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": colour}))


def _field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Add a field with the result that a reader sees who does not renew it."""
    _begin(paragraph, instruction)
    paragraph.add_run(shown)
    _end(paragraph)


def _begin(paragraph: Paragraph, instruction: str, *, dirty: bool = False) -> None:
    begin = _element("w:fldChar", {"w:fldCharType": "begin", **({"w:dirty": "true"} if dirty else {})})
    paragraph.add_run()._r.append(begin)
    text = _element("w:instrText", {"xml:space": "preserve"})
    text.text = f" {instruction} "
    paragraph.add_run()._r.append(text)
    paragraph.add_run()._r.append(_element("w:fldChar", {"w:fldCharType": "separate"}))


def _end(paragraph: Paragraph) -> None:
    paragraph.add_run()._r.append(_element("w:fldChar", {"w:fldCharType": "end"}))


def _element(tag: str, values: dict[str, str]) -> Any:
    from docx.oxml import OxmlElement

    made = OxmlElement(tag)
    for key, value in values.items():
        made.set(_q(key), value)
    return made


def _q(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _bookmark(number: int) -> str:
    return f"_Toc{number:08d}"
