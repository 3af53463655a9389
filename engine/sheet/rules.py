"""The criteria on paper: every rule and every kind of difference in words, with its examples as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from engine.difference import DifferenceKind
from engine.judge.criteria import Criteria, Rule
from engine.judge.example import Example
from engine.judge.vocabulary import SOURCE, DescribedKind
from engine.result import Review
from engine.sheet import document
from engine.sheet.canvas import FAINT, TEXT, Canvas
from engine.sheet.example import DrawnExample, ExamplePainter
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, Colour
from engine.sheet.verdict import VERDICT_COLOURS

TILE_PX = 144

_MARGIN, _GAP = 32, 10
_EXAMPLE_WIDTH = 3 * (TILE_PX + _GAP) + 20
_COLUMNS = 2
_INDENT = 24
_WIDTH = 2 * _MARGIN + _INDENT + _COLUMNS * _EXAMPLE_WIDTH
_ROOM_PX = 1500
"""More than the text of one entry ever takes."""
_UNDRAWN = "この例は、このフォントでは描けません。"

REVIEWS = {Review.AUTO: "人の確認は要らない", Review.REQUIRED: "人が確かめる"}
"""What a rule on review says."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule or one kind of difference, in words.

    Attributes
    ----------
    id, title : str
    outcome : str
        What follows from it.
    colour : tuple of int
        Of the outcome.
    conditions : tuple of str
        All must hold; empty where it has none.
    facts : tuple of (str, str)
        Label and text.
    examples : tuple of Example
    """

    id: str
    title: str
    outcome: str
    colour: Colour
    conditions: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Entries under one heading.

    Attributes
    ----------
    title, preface : str
    entries : tuple of Entry
    """

    title: str
    preface: str
    entries: tuple[Entry, ...]


def rule_chapters(criteria: Criteria) -> tuple[Chapter, ...]:
    """Put criteria in words."""
    order = "上から順に調べ、条件がすべて成り立つ最初の規則が{}を決めます。"
    return (
        Chapter("区分を決める規則", order.format("区分"), tuple(map(_entry, criteria.class_rules))),
        Chapter(
            "人の確認が要るかどうかを決める規則",
            order.format("確認の要否") + "区分が類似の字は、いつも人が確かめます。",
            tuple(map(_entry, criteria.review_rules)),
        ),
    )


def difference_chapters(vocabulary: Sequence[DescribedKind]) -> tuple[Chapter, ...]:
    """Put the vocabulary of differences in words."""
    design = tuple(_difference_entry(each) for each in vocabulary if each.kind.within_design)
    form = tuple(_difference_entry(each) for each in vocabulary if not each.kind.within_design)
    return (
        Chapter(
            "デザインの違い",
            "それだけなら同じ字形と見てよい違いです。ただし、同じ違いが二つの文字を区別しているとき"
            f"（千と干など）は、デザインの違いとは見ません。名は{SOURCE}によります。",
            design,
        ),
        Chapter("字形の違い", "一つでもあれば、同じ字形とは見ない違いです。", form),
    )


def rules_sheet(title: str, chapters: Sequence[Chapter], face: ReferenceFace) -> Image.Image:
    """Draw chapters with their examples on one long page.

    Parameters
    ----------
    title : str
    chapters : sequence of Chapter
    face : ReferenceFace
        Draws the examples and the labels.

    Returns
    -------
    Image, mode RGB.
    """
    painter = ExamplePainter(face)
    canvas = Canvas(_WIDTH, _ROOM_PX, face)
    width = _WIDTH - 2 * _MARGIN
    canvas.text(_MARGIN, 24, title, 26, bold=True, width_px=width)
    _legend(canvas, _MARGIN, 70)
    y = 92
    for chapter in chapters:
        canvas.reach(y + _ROOM_PX)
        canvas.rule(y, _MARGIN, width)
        canvas.text(_MARGIN, y + 14, chapter.title, 22, bold=True, width_px=width)
        y += 50 + canvas.paragraph(_MARGIN, y + 50, chapter.preface, 16, width_px=width, colour=FAINT) + 14
        for entry in chapter.entries:
            y = _draw_entry(canvas, entry, [painter.draw(each) for each in entry.examples], y)
    return canvas.cropped(y + 8)


def rules_page(title: str, chapters: Sequence[Chapter], face: ReferenceFace) -> str:
    """Return chapters as an HTML document with the pictures inside."""
    painter = ExamplePainter(face)
    body = [f"<h1>{document.plain(title)}</h1>", document.legend()]
    for chapter in chapters:
        body += [f"<h2>{document.plain(chapter.title)}</h2>", document.paragraph(chapter.preface, of="faint")]
        for entry in chapter.entries:
            body += [
                f"<section><h3>{document.plain(f'{entry.id}　{entry.title}')}</h3>",
                document.paragraph(entry.outcome),
                document.items(entry.conditions),
                *(document.paragraph(f"{label}: {text}", of="faint") for label, text in entry.facts),
            ]
            for each in entry.examples:
                tiles = painter.draw(each).tiles(TILE_PX)
                names = ("外字", "相手", "重ね合わせ")[: len(tiles)]
                body += [
                    document.paragraph(_caption(each)),
                    '<div class="pictures">' if tiles else document.paragraph(_UNDRAWN, of="faint"),
                    *(document.figure(tile, name) for tile, name in zip(tiles, names, strict=True)),
                    "</div>" if tiles else "",
                ]
            body.append("</section>")
    return document.page(title, filter(None, body))


def _entry(rule: Rule) -> Entry:
    if rule.verdict is not None:
        outcome = f"{rule.verdict.value}（{rule.subclass.value}）" if rule.subclass else rule.verdict.value
        colour = VERDICT_COLOURS[rule.verdict]
    else:
        outcome = REVIEWS[rule.review] if rule.review else ""
        colour = TEXT
    return Entry(
        rule.id,
        rule.title,
        outcome,
        colour,
        tuple(condition.sentence for condition in rule.conditions) or ("ほかの規則が当てはまらない",),
        (("理由", rule.rationale), ("出典", rule.source)),
        rule.examples,
    )


def _difference_entry(described: DescribedKind) -> Entry:
    kind: DifferenceKind = described.kind
    return Entry(
        kind.value, kind.japanese, "", TEXT, (), (("意味", described.explanation),), described.examples
    )


def _caption(example: Example) -> str:
    return f"{example.caption}。{example.note}" if example.note else example.caption


def _draw_entry(canvas: Canvas, entry: Entry, examples: Sequence[DrawnExample], y: int) -> int:
    left, width = _MARGIN + _INDENT, _WIDTH - 2 * _MARGIN - _INDENT
    canvas.reach(y + _ROOM_PX + len(examples) * 2 * TILE_PX)
    used = canvas.text(_MARGIN, y, f"{entry.id}　{entry.title}", 19, bold=True, width_px=width - 200)
    if entry.outcome:
        canvas.text(_MARGIN + used + 20, y + 2, f"→ {entry.outcome}", 17, colour=entry.colour, bold=True)
    y += 34
    for sentence in entry.conditions:
        y += canvas.paragraph(left, y, f"・{sentence}", 16, width_px=width)
    for label, text in entry.facts:
        y += canvas.paragraph(left, y, f"{label}: {text}", 16, width_px=width, colour=FAINT)
    y += 6
    for start in range(0, len(examples), _COLUMNS):
        line = examples[start : start + _COLUMNS]
        y = max(_draw_example(canvas, each, left + at * _EXAMPLE_WIDTH, y) for at, each in enumerate(line))
    return y + 18


def _draw_example(canvas: Canvas, drawn: DrawnExample, x: int, y: int) -> int:
    tiles = drawn.tiles(TILE_PX)
    for number, tile in enumerate(tiles):
        canvas.tile(x + number * (TILE_PX + _GAP), y, tile)
    below = y + (TILE_PX + 6 if tiles else 0)
    words = _caption(drawn.example) if tiles else f"{_caption(drawn.example)}（{_UNDRAWN}）"
    return below + canvas.paragraph(x, below, words, 14, width_px=_EXAMPLE_WIDTH - 30, colour=FAINT) + 10


def _legend(canvas: Canvas, x: int, y: int) -> None:
    x += (
        canvas.text(x, y - 3, "例の図は左から、外字・相手・重ね合わせ。重ね合わせの色:", 15, colour=FAINT)
        + 12
    )
    for colour, text in ((GAIJI_ONLY, "外字だけ"), (CANDIDATE_ONLY, "相手だけ"), (BOTH, "両方")):
        canvas.swatch(x, y, colour)
        x += 20 + canvas.text(x + 18, y - 3, text, 15, colour=FAINT) + 22
