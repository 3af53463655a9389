"""Help pages in Japanese: headings, line breaks, the words that the parser library writes itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    _Base = TyperCommand
else:
    _Base = object  # mixed in before one class of the library or the other

_AFTER_MARK = re.compile(r"(?<=[、。])(?=\S)")


class _Japanese(_Base):
    """What a command and a group of commands have in common."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return ``--help`` with its text in Japanese."""
        return _translated(super().get_help_option(ctx))

    def get_usage(self, ctx: Any) -> str:
        """Return the line that shows the order of the words."""
        return _usage(super().get_usage(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        _prepare(self)
        super().format_help(ctx, formatter)


class JapaneseCommand(_Japanese, TyperCommand):
    """One command."""


class JapaneseGroup(_Japanese, TyperGroup):
    """A command with commands."""


def breakable(text: str) -> str:
    """Put a space after Japanese punctuation: the terminal library breaks lines at spaces only.

    Parameters
    ----------
    text : str
        Japanese.
    """
    return _AFTER_MARK.sub(" ", text)


def _translated(option: Any) -> Any:
    if option is not None:
        option.help = "この説明を表示します。"
    return option


def _usage(text: str) -> str:
    for theirs, ours in (
        ("Usage:", "使い方:"),
        ("[OPTIONS]", "[選択肢]"),
        ("COMMAND [ARGS]...", "命令 …"),
        ("{PATH…}...", "PATH…"),
    ):
        text = text.replace(theirs, ours)
    return text


def _prepare(command: Any) -> None:
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = "引数"
    rich_utils.OPTIONS_PANEL_TITLE = "選択肢"
    rich_utils.COMMANDS_PANEL_TITLE = "命令"
    rich_utils.DEFAULT_STRING = "[省くと {}]"
    rich_utils.REQUIRED_LONG_STRING = "[必須]"
    for each in (command, *getattr(command, "commands", {}).values(), *command.params):
        if getattr(each, "help", None):
            each.help = breakable(each.help)
