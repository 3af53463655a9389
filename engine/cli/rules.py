"""``gaiji rules``: the 判定基準 in force and the kinds of difference, in words and as pictures."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.options import AsJson, Force, Reference
from engine.cli.terminal import folded, visible

if TYPE_CHECKING:
    from engine.judge.criteria import Criteria
    from engine.judge.example import Example
    from engine.judge.vocabulary import DescribedKind
    from engine.reference.refset import ReferenceSet
    from engine.settings import Settings
    from engine.sheet.rules import Chapter, Entry

EPILOG = (
    "例:\n\n"
    "gaiji rules　使っている判定基準を表示\n\n"
    "gaiji rules -o 判定基準.html　例の図を付けて、印刷できるページに（.png なら一枚の画像）\n\n"
    "gaiji rules --differences -o 違い.html　違いの種類を、例の図とともに"
)

SUFFIXES = (".png", ".html")


def rules(
    criteria: Annotated[
        str | None,
        typer.Option("--criteria", metavar="v1", help="判定基準の版。省くと、参照セットが使う版。"),
    ] = None,
    differences: Annotated[
        bool, typer.Option("--differences", help="規則の代わりに、違いの種類の一覧を表示する。")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="例の図を付けた書き出し先（.png または .html）。"),
    ] = None,
    as_json: AsJson = False,
    reference: Reference = None,
    force: Force = False,
) -> None:
    """判定基準の規則と、違いの種類を表示します。"""
    from engine.judge.criteria import load_criteria
    from engine.judge.vocabulary import load_vocabulary
    from engine.output.sink import check_output
    from engine.reference.refset import find_reference_set
    from engine.settings import Settings
    from engine.sheet.rules import difference_chapters, rule_chapters

    if output is not None:
        check_output(output, force=force, suffixes=SUFFIXES)
    settings = Settings.from_environment()
    refset = find_reference_set(settings, reference)
    if differences:
        vocabulary = load_vocabulary()
        title, chapters = "違いの種類", difference_chapters(vocabulary)
        document: dict[str, Any] = {"differences": [_kind_json(each) for each in vocabulary]}
    else:
        loaded = load_criteria(criteria or refset.criteria)
        title, chapters = loaded.title, rule_chapters(loaded)
        document = _criteria_json(loaded)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(in_words(title, chapters)))
    if output is not None:
        _write(title, chapters, output, refset, settings, force=force)
        typer.echo(f"書き出しました: {visible(str(output))}", err=True)


def in_words(title: str, chapters: Sequence[Chapter]) -> list[str]:
    """Return the lines that a person reads."""
    lines = [title]
    for chapter in chapters:
        lines += ["", f"【{chapter.title}】", *folded(chapter.preface)]
        for entry in chapter.entries:
            lines += ["", *_entry(entry)]
    return lines


def _entry(entry: Entry) -> Iterable[str]:
    outcome = f"  → {entry.outcome}" if entry.outcome else ""
    yield f"{entry.id}  {entry.title}{outcome}"
    for sentence in entry.conditions:
        yield from folded(f"・{sentence}", "    ")
    for label, text in entry.facts:
        yield from folded(f"{label}: {text}", "    ")
    for each in entry.examples:
        note = f"。{each.note}" if each.note else ""
        yield from folded(f"例: {each.caption}{note}", "    ")


def _criteria_json(criteria: Criteria) -> dict[str, Any]:
    return {
        "version": criteria.version,
        "title": criteria.title,
        "comparison": criteria.comparison.value,
        "rules": [
            {
                "id": rule.id,
                "title": rule.title,
                "class": rule.verdict.value if rule.verdict else None,
                "subclass": rule.subclass.value if rule.subclass else None,
                "review": rule.review.value if rule.review else None,
                "rationale": rule.rationale,
                "source": rule.source,
                "conditions": [
                    dataclasses.asdict(condition) | {"text": condition.sentence}
                    for condition in rule.conditions
                ],
                "examples": [_example_json(each) for each in rule.examples],
            }
            for rule in criteria.rules
        ],
    }


def _kind_json(described: DescribedKind) -> dict[str, Any]:
    return {
        "kind": described.kind.value,
        "title": described.kind.japanese,
        "within_design": described.kind.within_design,
        "explanation": described.explanation,
        "examples": [_example_json(each) for each in described.examples],
    }


def _example_json(example: Example) -> dict[str, Any]:
    return dataclasses.asdict(example) | {"caption": example.caption}


def _write(
    title: str,
    chapters: Sequence[Chapter],
    output: Path,
    refset: ReferenceSet,
    settings: Settings,
    *,
    force: bool,
) -> None:
    from engine.output.sink import AtomicFile
    from engine.sheet.face import ReferenceFace
    from engine.sheet.rules import rules_page, rules_sheet

    face = ReferenceFace.of(refset, settings)
    page = rules_page(title, chapters, face) if output.suffix.lower() == ".html" else None
    sheet = rules_sheet(title, chapters, face) if page is None else None
    with AtomicFile(output, force=force) as stream:
        if sheet is not None:
            sheet.save(stream, format="PNG")
        elif page is not None:
            stream.write(page.encode("utf-8"))
