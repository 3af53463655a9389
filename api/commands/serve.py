"""``gaiji serve``: the web server, with its worker beside it."""

from __future__ import annotations

import contextlib
import ipaddress
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError

if TYPE_CHECKING:
    from api.settings import ServerSettings
    from api.store.database import Database

EPILOG = (
    "例:\n\n"
    "gaiji serve　このパソコンだけから使う（http://127.0.0.1:8000/）\n\n"
    "gaiji serve --host 0.0.0.0 --port 8080　庁内から使う（HTTPS の設定が要る）\n\n"
    "終わるときは Ctrl-C を押します。"
)

_WORKER = (sys.executable, "-m", "api.commands.process")
_GOODBYE_S = 5
"""How long open pages (progress being shown) are waited for at the end."""


def serve(
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="待ち受けるアドレス。省くと設定の値（既定 127.0.0.1）。例: --host 0.0.0.0"
        ),
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="ポート番号。省くと設定の値（既定 8000）。例: --port 8080", min=0, max=65535
        ),
    ] = None,
    worker: Annotated[
        bool,
        typer.Option(
            "--worker/--no-worker",
            help="同定する処理も一緒に動かす。別に gaiji worker を動かすときは --no-worker。",
        ),
    ] = True,
    migrate: Annotated[
        bool, typer.Option("--migrate/--no-migrate", help="データベースの版が古ければ新しくする。")
    ] = True,
    insecure_http: Annotated[
        bool,
        typer.Option(
            "--insecure-http",
            help="暗号化されない HTTP のまま、ほかのパソコンからもつなげるようにする（試験のときだけ）。",
        ),
    ] = False,
) -> None:
    """確認アプリを動かします。"""
    import uvicorn

    from api.app import create_app
    from api.jobs.supervise import Supervisor
    from api.ops.logs import configure
    from api.settings import ServerSettings
    from api.store.database import Database
    from api.store.migrate import upgrade

    settings = ServerSettings()
    settings = settings.model_copy(
        update={"host": host or settings.host, "port": settings.port if port is None else port}
    )
    if not insecure_http:
        refuse_open_http(settings)
    database = Database(settings.url)
    try:
        if migrate:
            upgrade(database)
        app = create_app(settings, warm=True)
        _greet(settings, database)
    finally:
        database.close()
    configure(settings)
    with Supervisor(_WORKER) if worker else contextlib.nullcontext():
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GOODBYE_S,
        )


def refuse_open_http(settings: ServerSettings) -> None:
    """Refuse to send passwords and cookies over the network as plain text.

    Parameters
    ----------
    settings : ServerSettings
        Passes where it listens on this machine only, where cookies need HTTPS, or where a reverse proxy
        does the logging in.

    Raises
    ------
    UsageError
    """
    if settings.secure_cookies or settings.proxy_user_header or is_loopback(settings.host):
        return
    raise UsageError(
        f"{settings.host} で待ち受けると、パスワードが暗号化されずに庁内のネットワークを流れます。"
        "HTTPS のリバースプロキシを前に置き、GAIJI_SERVER_SECURE_COOKIES=true と "
        "GAIJI_SERVER_PUBLIC_URL=https://… を設定してください。"
        "このパソコンだけで使うなら --host を省いてください。"
        "危険を承知で試すときは --insecure-http を付けます。"
    )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address.

    Parameters
    ----------
    host : str
        A name or a number, as typed.
    """
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False  # a name may point anywhere


def _greet(settings: ServerSettings, database: Database) -> None:
    """Say where it is, and what is to be done the first time."""
    from sqlalchemy import select

    from api.store.models import User

    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = settings.public_url or f"http://{shown}:{settings.port}/"
    lines = [f"確認アプリ: {address}　（終わるときは Ctrl-C）", f"データの場所: {settings.data_dir}"]
    with database.reading() as session:
        if session.scalar(select(User.id).limit(1)) is None:
            lines += [
                "",
                "はじめての起動です。まだ利用者がいません。別の端末で、次の順に準備してください。",
                "  gaiji municipality add 131016 千代田区　（団体コードと団体の名前）",
                "  gaiji user add ログイン名 --operator --municipality 131016 --role admin　（最初の管理者）",
                "そのあと、上のアドレスをブラウザーで開いてログインします。",
                "",
            ]
    sys.stderr.write("\n".join(lines) + "\n")
