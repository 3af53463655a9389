"""The commands, one file each: serve, worker, user, municipality, backup, restore."""

from __future__ import annotations

from typing import Any

import typer

from api.commands import backup, municipality, restore, serve, user, worker
from engine.cli.help import JapaneseCommand


def add_to(app: typer.Typer, panel: str) -> None:
    """Add every command to ``gaiji`` once."""
    if any(command.name == "serve" for command in app.registered_commands):
        return
    _register(app, "serve", serve, panel)
    _register(app, "worker", worker, panel)
    app.add_typer(user.app, name="user", rich_help_panel=panel)
    app.add_typer(municipality.app, name="municipality", rich_help_panel=panel)
    _register(app, "backup", backup, panel)
    _register(app, "restore", restore, panel)


def _register(app: typer.Typer, name: str, module: Any, panel: str) -> None:
    app.command(name, cls=JapaneseCommand, epilog=module.EPILOG, rich_help_panel=panel)(getattr(module, name))
