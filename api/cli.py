"""The commands of the review application, added to ``gaiji`` by the entry point ``gaiji.commands``.

Nothing heavy is imported here: the help must show at once.
"""

from __future__ import annotations

import typer

_PANEL = "確認アプリ"


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application ``gaiji``; a second call changes nothing."""
    from api import commands

    commands.add_to(app, _PANEL)
