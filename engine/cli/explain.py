"""``gaiji explain``: why one gaiji got its class, in words, as a picture and as data."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.candidates import read_one
from engine.cli.identify import MAX_TOP, read_exclusions
from engine.cli.options import AsJson, Charset, Code, Exclude, Force, Quiet, Reference
from engine.cli.terminal import Reporter, folded, visible
from engine.errors import ReadError

if TYPE_CHECKING:
    from engine.explain.explanation import ExplainedCandidate, Explanation, TracedRule
    from engine.glyph.model import Glyph
    from engine.settings import Settings

EPILOG = (
    "例:\n\n"
    "gaiji explain 字.png　区分の理由、違うところ、次点を退けた理由\n\n"
    "gaiji explain 字.png -o 説明.png　違うところを丸で囲んだ画像も作る（.html は印刷できるページ）\n\n"
    "gaiji explain EUDC.TTE --code E005　外字ファイルの中の 1 字\n\n"
    'gaiji explain "外字.zip#001.png" --json　ZIP の中の 1 字。JSON で'
)

SUFFIXES = (".png", ".html", ".json")


def explain(
    image: Annotated[
        str,
        typer.Argument(
            metavar="IMAGE",
            help="1 字の画像。ZIP の中の 1 字は ファイル#中の名前、フォントの 1 字は --code で選ぶ。",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="OUT", help="画像などの書き出し先（.png、.html、.json のどれか）。"
        ),
    ] = None,
    as_json: AsJson = False,
    top: Annotated[
        int, typer.Option("--top", min=2, max=MAX_TOP, metavar="N", help="説明する候補の数。")
    ] = 5,
    charset: Charset = "mj",
    exclude: Exclude = None,
    code: Code = None,
    reference: Reference = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """外字 1 字の区分の理由を説明します。"""
    from engine.explain.document import as_json as to_json
    from engine.explain.explain import explain as explain_glyph
    from engine.identify import Identifier
    from engine.output.sink import check_output
    from engine.settings import Settings

    if output is not None:
        check_output(output, force=force, suffixes=SUFFIXES)
    settings = Settings.from_environment()
    barred = read_exclusions(exclude, settings, reference) if exclude else frozenset()
    glyph = read_chosen(image, code)
    with Reporter(quiet=quiet) as reporter:
        identifier = Identifier.open(
            settings, reference=reference, charset=charset, exclude=barred, progress=reporter.progress
        )
    explanation = explain_glyph(identifier, glyph, top=top)
    if as_json:
        typer.echo(json.dumps(to_json(explanation), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(in_words(explanation)))
    if output is not None:
        _write(explanation, output, settings, reference, force=force)
        if not quiet:
            typer.echo(f"説明を書き出しました: {visible(str(output))}", err=True)


def read_chosen(source: str, code: str | None) -> Glyph:
    """Read exactly one glyph: a picture, a character of a font, or a member of a container.

    Parameters
    ----------
    source : str
        A path; behind it, ``#`` and the name of a member, as in the column ``source``.
    code : str or None
        Code of the character, as typed or as in the column ``gaiji_code``.

    Raises
    ------
    ReadError
        It cannot be read, or there is no such member.
    UsageError
        There are several glyphs; the message says how to choose one.
    """
    container = _container(source)
    labelled = code is not None and code.lower().startswith(
        "0x"
    )  # a dot font's own code: no range of Unicode
    if container is None and not labelled:
        return read_one(source, code)
    from engine.cli.identify import parse_range
    from engine.glyph.model import ReadFailure
    from engine.glyph.options import ReadOptions
    from engine.glyph.read import read_glyphs
    from engine.glyph.worker import GlyphWorker

    options = ReadOptions(ranges=(parse_range(code),)) if code and not labelled else ReadOptions()
    with GlyphWorker() as worker:
        for item in read_glyphs([container or source], options, worker=worker):
            if container is not None and item.source != source:
                continue
            if labelled and code is not None and item.gaiji_code.lower() != code.lower():
                continue
            if isinstance(item, ReadFailure):
                raise ReadError(item.code, f"{item.source}: {item.message}")
            return item
    raise ReadError("not-found", f"{source}{f' {code}' if code else ''}: その名前の字がありません。")


def in_words(explanation: Explanation) -> list[str]:
    """Return the lines that a person reads."""
    from engine.reference.codes import to_code
    from engine.sheet.verdict import verdict_text

    row = explanation.row
    found = f"{explanation.role} {explanation.decided.label}"
    if explanation.decided.ivs:
        found += f"　異体字シーケンス {to_code(explanation.decided.ivs)}"
    lines = [
        visible(" ".join(part for part in (row.source, row.gaiji_code) if part)),
        f"{verdict_text(row)}　{explanation.meaning}",
        found,
        "" if row.confidence is None else f"確信度 {_percent(row.confidence)}　{explanation.review}",
        *explanation.notes,
    ]
    told = [line for text in lines if text for line in folded(text)]
    told += _section("この区分にした理由", _rules(explanation.fired))
    told += _section("当てはまらなかった規則", _rules(explanation.missed, failed_only=True))
    decided = f"{explanation.role} {explanation.decided.label}"
    told += _section(decided, _differences(explanation, explanation.decided))
    if explanation.runner_up is not None:
        told += _section(
            f"{explanation.runner_up_role} {explanation.runner_up.label}",
            _differences(explanation, explanation.runner_up),
        )
    told += _section("次点との比べ方", folded(explanation.runner_up_sentence, "  "))
    return [*told, "", f"{row.reference}  {row.engine}"]


def _percent(share: float) -> str:
    from engine.explain.explanation import percent

    return percent(share)


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _rules(rules: tuple[TracedRule, ...], *, failed_only: bool = False) -> list[str]:
    lines = []
    for traced in rules:
        lines += folded(f"{traced.rule.id}  {traced.rule.title}", "  ")
        if not failed_only:
            lines += folded(traced.rule.rationale, "      ")
        for each in traced.failed if failed_only else traced.conditions:
            lines += folded(f"{'○' if each.holds else '×'} {each.sentence}", "      ")
    return lines


def _differences(explanation: Explanation, candidate: ExplainedCandidate) -> list[str]:
    from engine.explain.place import places_in_words

    told = (explanation.places_preface(candidate), *places_in_words(candidate.places))
    return [line for text in told for line in folded(text, "  ")]


def _write(
    explanation: Explanation, output: Path, settings: Settings, reference: str | None, *, force: bool
) -> None:
    from engine.explain.document import as_json
    from engine.output.sink import AtomicFile
    from engine.reference.refset import find_reference_set
    from engine.sheet.face import ReferenceFace

    suffix = output.suffix.lower()
    if suffix == ".json":
        text = json.dumps(as_json(explanation), ensure_ascii=False, indent=2) + "\n"
    else:
        from engine.sheet.explain import explanation_page, explanation_sheet

        face = ReferenceFace.of(find_reference_set(settings, reference), settings)
        if suffix == ".png":
            picture = explanation_sheet(explanation, face)
            with AtomicFile(output, force=force) as stream:
                picture.save(stream, format="PNG")
            return
        text = explanation_page(explanation, face)
    with AtomicFile(output, force=force) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))


def _container(source: str) -> str | None:
    """Return the path of the container in ``path#member``; None for a plain path."""
    path = Path(source)
    with contextlib.suppress(OSError, ValueError):
        if path.exists():
            return None
    return next((each for each in _heads(source) if _is_file(each)), None)


def _heads(source: str) -> Iterator[str]:
    return (source[:at] for at, character in enumerate(source) if character == "#")


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False
