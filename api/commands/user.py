"""``gaiji user``: accounts from the command line; the first administrator is made here.

Nobody is logged in on a command line, so the audit log names no person for what is done here: whoever may run
commands on the server may read and write its database anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.help import JapaneseCommand, JapaneseGroup
from engine.cli.terminal import columns
from engine.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.access.accounts import Account
    from api.domain.rights import Role
    from api.store.models import User

app = typer.Typer(
    cls=JapaneseGroup,
    help="確認アプリのアカウントを作り、直します。",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_PAGE = 500
_Login = Annotated[str, typer.Argument(metavar="LOGIN", help="ログイン名。", show_default=False)]
_EXAMPLES = {
    "add": (
        "例:\n\n"
        "gaiji user add tanaka --name 田中 --municipality 131016 --role admin　団体の初めの管理者\n\n"
        "gaiji user add unyou --operator --generate　運用者を、一度きりのパスワードで"
    ),
    "list": "例:\n\ngaiji user list",
    "reset": "例:\n\ngaiji user reset tanaka　一度きりのパスワードを表示する",
    "disable": "例:\n\ngaiji user disable tanaka　停止する\n\ngaiji user disable tanaka --undo　停止を解く",
    "unlock": "例:\n\ngaiji user unlock tanaka",
}


@app.command("add", cls=JapaneseCommand, epilog=_EXAMPLES["add"])
def add(
    login: _Login,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="名前。省くとログイン名になる。")] = "",
    operator: Annotated[bool, typer.Option("--operator", help="システム全体の運用者にする。")] = False,
    municipality: Annotated[
        str, typer.Option("--municipality", metavar="CODE", help="属する団体の団体コード（6 桁）。")
    ] = "",
    role: Annotated[
        str,
        typer.Option("--role", metavar="ROLE", help="団体での役割: viewer・first・second・admin。"),
    ] = "",
    generate: Annotated[
        bool, typer.Option("--generate", help="一度きりのパスワードを作って表示する。省くと尋ねる。")
    ] = False,
    proxy: Annotated[
        bool, typer.Option("--proxy", help="パスワードを付けず、認証サーバーからだけ入れるようにする。")
    ] = False,
) -> None:
    """アカウントを作ります。パスワードは端末で二度尋ねます。"""
    from api.access import accounts, logins, members, municipalities, passwords
    from api.commands.stored import writing

    if bool(municipality) != bool(role):
        raise UsageError("--municipality と --role は、いっしょに書いてください。")
    if generate and proxy:
        raise UsageError("--generate と --proxy は、どちらか一つにしてください。")
    held = _role(role) if role else None
    folded = logins.parse(login)
    password = None
    if not generate and not proxy:
        password = _ask()
        passwords.check_rule(password, login=folded)
    with writing() as session:
        place = municipalities.find(session, code=municipality) if municipality else None
        made = accounts.create_account(
            session,
            actor=None,
            login=folded,
            name=name,
            is_operator=operator,
            password=password,
            has_password=not proxy,
            municipality_id=place.id if place else None,
        )
        if place is not None and held is not None:
            members.grant(session, actor=None, user_id=made.user_id, municipality_id=place.id, role=held)
    typer.echo(f"{folded} を作りました。", err=True)
    _show(made.password)


@app.command("list", cls=JapaneseCommand, epilog=_EXAMPLES["list"])
def list_() -> None:
    """アカウントの一覧を表示します。"""
    from api.access import accounts
    from api.commands.stored import writing

    with writing() as session:
        rows = [("ログイン名", "名前", "役割", "状態")]
        after = ""
        while page := accounts.list_accounts(session, after=after, limit=_PAGE):
            after = page[-1].login
            rows.extend((each.login, each.name, _roles(each), _standing(each)) for each in page)
    if len(rows) == 1:
        typer.echo("アカウントはまだありません。gaiji user add で作ってください。", err=True)
        return
    for line in columns(rows):
        typer.echo(line)


@app.command("reset", cls=JapaneseCommand, epilog=_EXAMPLES["reset"])
def reset(login: _Login) -> None:
    """一度きりのパスワードに変えて表示します。ログインはすべて終わります。"""
    from api.access import accounts
    from api.commands.stored import writing

    with writing() as session:
        password = accounts.reset_password(session, actor=None, user_id=_find(session, login).id)
    _show(password)


@app.command("disable", cls=JapaneseCommand, epilog=_EXAMPLES["disable"])
def disable(
    login: _Login, undo: Annotated[bool, typer.Option("--undo", help="停止を解く。")] = False
) -> None:
    """アカウントを停止します。ログインと API トークンも終わり、記録は残ります。"""
    from api.access import accounts
    from api.commands.stored import writing

    with writing() as session:
        user = _find(session, login)
        change = accounts.enable if undo else accounts.disable
        change(session, actor=None, user_id=user.id)
        login = user.login
    typer.echo(f"{login} の停止を解きました。" if undo else f"{login} を停止しました。", err=True)


@app.command("unlock", cls=JapaneseCommand, epilog=_EXAMPLES["unlock"])
def unlock(login: _Login) -> None:
    """パスワードの間違いが続いて止められたログインを、すぐに使えるようにします。"""
    from api.access import accounts
    from api.commands.stored import writing

    with writing() as session:
        user = _find(session, login)
        accounts.unlock(session, actor=None, user_id=user.id)
        login = user.login
    typer.echo(f"{login} の一時停止を解きました。", err=True)


def _find(session: Session, login: str) -> User:
    from api.access import accounts

    return accounts.find_by_login(session, login=login)


def _ask() -> str:
    password: str = typer.prompt("パスワード（12 字以上）", hide_input=True, err=True)
    again: str = typer.prompt("もう一度", hide_input=True, err=True)
    if password != again:
        raise UsageError("二度の入力が違います。もう一度実行してください。")
    return password


def _show(password: str) -> None:
    if password:
        typer.echo("一度きりのパスワードです。表示は今だけで、初めてのログインで本人が変えます。", err=True)
        typer.echo(password)


def _role(text: str) -> Role:
    from api.domain.rights import Role

    try:
        return Role(text)
    except ValueError:
        known = "・".join(f"{role.value}（{role.japanese}）" for role in Role)
        raise UsageError(f"役割「{text[:20]}」はありません。{known} のどれかです。") from None


def _roles(account: Account) -> str:
    held = [f"{code}:{role.japanese}" for code, _, role in account.roles]
    return " ".join(["運用者"] * account.is_operator + held) or "-"


def _standing(account: Account) -> str:
    if account.is_disabled:
        return "停止中"
    if account.is_locked:
        return "一時停止中"
    if not account.has_password:
        return "認証サーバーだけ"
    return "初めのパスワードのまま" if account.must_change_password else "使えます"
