"""``gaiji worker``: a process that identifies what was handed in."""

from __future__ import annotations

from typing import Annotated

import typer

EPILOG = (
    "例:\n\n"
    "gaiji worker　登録されたファイルを同定し続ける（終わるときは Ctrl-C）\n\n"
    "gaiji worker --once　いま待っている分だけを同定して終わる"
)


def worker(
    once: Annotated[bool, typer.Option("--once", help="いま待っている分だけを同定して終わる。")] = False,
) -> None:
    """登録されたファイルを同定します（gaiji serve --no-worker と組で使います）。"""
    from api.commands.process import work

    work(once=once)
