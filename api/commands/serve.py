"""``gaiji serve``: the web server, with its worker beside it."""

from __future__ import annotations

from typing import Annotated

import typer

EPILOG = (
    "例:\n\ngaiji serve　このパソコンだけから使う\n\ngaiji serve --host 0.0.0.0 --port 8080　庁内から使う"
)


def serve(
    host: Annotated[str, typer.Option(help="待ち受けるアドレス。省くと設定の値（既定 127.0.0.1）。")] = "",
    port: Annotated[
        int, typer.Option(help="ポート番号。省くと設定の値（既定 8000）。", min=0, max=65535)
    ] = 0,
    migrate: Annotated[bool, typer.Option(help="データベースの版が古ければ新しくする。")] = True,
) -> None:
    """確認アプリを動かします。"""
    import uvicorn

    from api.app import create_app
    from api.settings import ServerSettings
    from api.store.database import Database
    from api.store.migrate import upgrade

    settings = ServerSettings()
    settings = settings.model_copy(update={"host": host or settings.host, "port": port or settings.port})
    if migrate:
        database = Database(settings.url)
        upgrade(database)
        database.close()
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_config=None)
