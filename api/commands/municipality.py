"""``gaiji municipality``: the 団体 of an installation from the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.help import JapaneseCommand, JapaneseGroup
from engine.cli.terminal import columns

app = typer.Typer(
    cls=JapaneseGroup,
    help="確認アプリの団体を加え、一覧にします。",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_EXAMPLES = {
    "add": "例:\n\ngaiji municipality add 131016 千代田区",
    "list": "例:\n\ngaiji municipality list",
}


@app.command("add", cls=JapaneseCommand, epilog=_EXAMPLES["add"])
def add(
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="団体コード（検査数字を含む 6 桁）。", show_default=False)
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="団体の名前。", show_default=False)],
) -> None:
    """団体を加えます。"""
    from api.access import municipalities
    from api.commands.stored import writing

    with writing() as session:
        _, warning = municipalities.create(session, actor=None, code=code, name=name)
    if warning:
        typer.echo(f"注意: {warning}", err=True)
    typer.echo(f"{name.strip()} を加えました。", err=True)


@app.command("list", cls=JapaneseCommand, epilog=_EXAMPLES["list"])
def list_() -> None:
    """団体の一覧を表示します。"""
    from api.access import municipalities
    from api.commands.stored import writing

    with writing() as session:
        rows = [(each.code, each.name) for each in municipalities.list_municipalities(session)]
    if not rows:
        typer.echo("団体はまだありません。gaiji municipality add で加えてください。", err=True)
    for line in columns([("団体コード", "名前"), *rows]) if rows else ():
        typer.echo(line)
