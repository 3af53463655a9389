"""Bodies: members, API tokens, accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from api.access.accounts import Account
from api.access.logins import LONGEST
from api.access.members import Member
from api.access.tokens import LONGEST_DAYS, Key
from api.domain.rights import Role
from api.store.models import Municipality
from api.v1.schema import Request, Schema, Text

_WHEN = ["2026-04-01T00:30:00Z"]
_ROLE = "viewer 閲覧・first 一次判定・second 二次判定・admin 管理"
_ONCE = "初めのパスワード。ここでだけ示します。パスワードの要らない人や、すでにアカウントのある人では空文字列"
_CODE = r"^[0-9]{6}$"


class MemberBody(Schema):
    """A member of a municipality."""

    user_id: int
    login: str = Field(examples=["tanaka"])
    name: str = Field(examples=["田中"])
    role: Role = Field(description=_ROLE)
    is_disabled: bool = Field(description="運用者がアカウントを停止したか")
    is_locked: bool = Field(description="パスワードの間違いが続き、一時的に止まっているか")
    must_change_password: bool = Field(description="初めのパスワードのままか")
    has_password: bool = Field(
        description="false なら、認証サーバー経由でだけログインする人", examples=[True]
    )
    is_governed: bool = Field(description="この団体の管理者が、パスワードを再設定できるか", examples=[True])
    last_login_at: datetime | None = Field(examples=_WHEN)

    @classmethod
    def of(cls, member: Member) -> Self:
        """Say it."""
        return cls.model_validate(member)


class MemberRequest(Request):
    """Somebody to be taken in."""

    login: Text = Field(max_length=LONGEST, description="ログイン名。半角の英数字", examples=["tanaka"])
    name: Text = Field(default="", max_length=200, description="新しいアカウントの名前", examples=["田中"])
    role: Role = Field(description=_ROLE, examples=["first"])
    has_password: bool = Field(
        default=True, description="false なら、認証サーバー経由でだけログインする人", examples=[True]
    )


class RoleRequest(Request):
    """Another role."""

    role: Role = Field(description=_ROLE, examples=["second"])


class AccountMade(Schema):
    """An account with its first password."""

    user_id: int
    password: str = Field(description=_ONCE, examples=["k7m2-q9xw-4trd-vh3n"])


class PasswordSet(Schema):
    """A one-time password."""

    password: str = Field(
        description="一度だけ使えるパスワード。ここでだけ示します。", examples=["k7m2-q9xw-4trd-vh3n"]
    )


class TokenBody(Schema):
    """An API token in its owner's list."""

    id: int
    name: str = Field(examples=["夜間の取り込み"])
    prefix: str = Field(description="見分けるための初めの部分", examples=["gaiji_Xa3f9k"])
    role: Role = Field(description="作ったときの役割。本人の役割を超えては効きません。")
    created_at: datetime = Field(examples=_WHEN)
    expires_at: datetime = Field(examples=_WHEN)
    used_at: datetime | None = Field(examples=[None])

    @classmethod
    def of(cls, key: Key) -> Self:
        """Say it."""
        return cls.model_validate(key)


class TokenRequest(Request):
    """A token to be made."""

    name: Text = Field(min_length=1, max_length=200, description="何に使うか", examples=["夜間の取り込み"])
    role: Role = Field(description=f"{_ROLE}。自分の役割まで", examples=["first"])
    days: int = Field(ge=1, le=LONGEST_DAYS, description="有効な日数", examples=[90])


class TokenMade(Schema):
    """A token, shown this once."""

    id: int
    token: str = Field(description="API トークン。ここでだけ示します。", examples=["gaiji_Xa3f9k…"])


class HeldRole(Schema):
    """A role of an account in a municipality."""

    code: str = Field(examples=["131016"])
    municipality: str = Field(examples=["千代田区"])
    role: Role


class AccountBody(Schema):
    """An account in the operator's list."""

    id: int
    login: str = Field(examples=["tanaka"])
    name: str = Field(examples=["田中"])
    is_operator: bool
    is_disabled: bool
    is_locked: bool
    must_change_password: bool
    has_password: bool = Field(examples=[True])
    last_login_at: datetime | None = Field(examples=_WHEN)
    roles: list[HeldRole]

    @classmethod
    def of(cls, account: Account) -> Self:
        """Say it."""
        return cls(
            id=account.id,
            login=account.login,
            name=account.name,
            is_operator=account.is_operator,
            is_disabled=account.is_disabled,
            is_locked=account.is_locked,
            must_change_password=account.must_change_password,
            has_password=account.has_password,
            last_login_at=account.last_login_at,
            roles=[HeldRole(code=code, municipality=name, role=role) for code, name, role in account.roles],
        )


class AccountRequest(Request):
    """An account to be made."""

    login: Text = Field(max_length=LONGEST, description="ログイン名。半角の英数字", examples=["suzuki"])
    name: Text = Field(default="", max_length=200, examples=["鈴木"])
    is_operator: bool = Field(default=False, description="システムの運用者にするか", examples=[False])
    has_password: bool = Field(
        default=True, description="false なら、認証サーバー経由でだけログインする人", examples=[True]
    )


class MunicipalityLine(Schema):
    """A municipality in the operator's list."""

    code: str = Field(examples=["131016"])
    name: str = Field(examples=["千代田区"])
    created_at: datetime = Field(examples=_WHEN)
    version: int

    @classmethod
    def of(cls, municipality: Municipality) -> Self:
        """Say it."""
        return cls.model_validate(municipality)


class MunicipalityRequest(Request):
    """A municipality to be made."""

    code: Text = Field(
        max_length=20, description="団体コード。5 桁なら検査数字を付けます。", examples=["131016"]
    )
    name: Text = Field(max_length=200, examples=["千代田区"])


class NameRequest(Request):
    """Another name."""

    name: Text = Field(max_length=200, examples=["千代田区"])
