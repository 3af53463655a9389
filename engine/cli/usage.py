"""What the command-line parser objects to, in Japanese."""

from __future__ import annotations

import re

import typer

UsageProblem: type[Exception] = typer.BadParameter.__mro__[2]
"""The parser's base of all errors that are not bugs (``ClickException``), wherever Typer keeps its parser."""

_REASONS = (
    (r"greater than or equal to (\S+)", r"\1 以上にしてください。"),
    (r"less than or equal to (\S+)", r"\1 以下にしてください。"),
    (r"is not in the range (\S+?)\.?$", r"範囲 \1 の外です。"),
    (r"valid (?:integer|int\b)", "整数で書いてください。"),
)
"""The parser's ways to refuse a value, over its versions."""


def explain(error: Exception) -> str:
    """Return one Japanese line that says what to change.

    Parameters
    ----------
    error : UsageProblem
        As raised by the parser.
    """
    kind = type(error).__name__
    name = _parameter(error)
    original = str(getattr(error, "message", "") or error)
    match kind:
        case "MissingParameter":
            text = f"{name} を指定してください。"
        case "NoSuchOption":
            close = list(getattr(error, "possibilities", None) or ())
            text = f"選択肢 {getattr(error, 'option_name', '')} はありません。"
            text += f"{'・'.join(close[:1])} のことですか。" if close else ""
        case "BadParameter":
            text = f"{name} の値が正しくありません: {_reason(original)}"
        case "BadOptionUsage":
            text = f"選択肢 {getattr(error, 'option_name', '')} の値の有無を確かめてください。"
        case "NoArgsIsHelpError":
            text = original
        case _ if original.startswith("No such command"):
            text = f"命令 {original.removeprefix('No such command ').partition('.')[0]} はありません。"
        case _:
            text = f"指定が正しくありません: {original}"
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "gaiji")
    return text if kind == "NoArgsIsHelpError" else f"{text} 使い方: {path} --help"


def _parameter(error: Exception) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return str(getattr(error, "param_hint", "") or "引数")
    options = [option for option in parameter.opts if option.startswith("-")]
    return " / ".join(options) if options else str(parameter.metavar or parameter.name.upper())


def _reason(original: str) -> str:
    """Translate the parser's few ways to refuse a value."""
    for words, japanese in _REASONS:
        if found := re.search(words, original):
            return found.expand(japanese)
    return original
