"""What an installation may change: one frozen object, from the environment or ``.env``, passed down."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

import platformdirs
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_MIB = 2**20
_SECRET_CHARACTERS = 32
_DEFAULT_SECRETS = frozenset({"changeme", "change-me", "secret", "password", "default", "example", "test"})


class ServerSettings(BaseSettings):
    """Settings of the review application; each is ``GAIJI_SERVER_<NAME>`` in the environment.

    Attributes
    ----------
    data_dir : Path
        Everything that the application keeps: database, queue, uploads, backups.
    database_url : str
        SQLAlchemy URL; empty for SQLite in ``data_dir``. PostgreSQL: ``postgresql+psycopg://…``.
    host, port
        Where ``gaiji serve`` listens.
    public_url : str
        The address that people type, where a reverse proxy stands in front; writes must come from it.
        Empty: whatever ``Host`` says.
    secure_cookies : bool
        Send cookies over HTTPS only. Set it wherever there is HTTPS.
    proxy_user_header : str
        Name of the header in which a trusted reverse proxy says who is logged in; empty to refuse it.
    proxy_secret : SecretStr
        What the proxy sends in ``X-Gaiji-Proxy-Secret`` beside it; at least 32 characters.
    session_hours, session_idle_minutes : int
        When a login ends, at the latest and without activity.
    lockout_failures, lockout_minutes : int
        Wrong passwords in a row after which an account is locked, and for how long.
    upload_mib, upload_glyphs : int
        Largest file taken, and the most glyphs in it.
    request_mib : int
        Largest body of any other request.
    login_rate, identify_rate : str
        Rate limits for each address or user, as ``10/minute``.
    jobs : int
        Processes that a running job uses.
    metrics_token : SecretStr
        Bearer token that ``/metrics`` asks for; empty: only requests from this machine see it.
    """

    model_config = SettingsConfigDict(
        env_prefix="GAIJI_SERVER_", env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("gaiji", appauthor=False)))
    database_url: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: str = ""
    secure_cookies: bool = False
    proxy_user_header: str = ""
    proxy_secret: SecretStr = SecretStr("")
    session_hours: Annotated[int, Field(ge=1, le=24 * 14)] = 12
    session_idle_minutes: Annotated[int, Field(ge=1)] = 60
    lockout_failures: Annotated[int, Field(ge=3, le=100)] = 8
    lockout_minutes: Annotated[int, Field(ge=1)] = 15
    upload_mib: Annotated[int, Field(ge=1, le=4096)] = 512
    upload_glyphs: Annotated[int, Field(ge=1)] = 200_000
    request_mib: Annotated[int, Field(ge=1, le=64)] = 2
    login_rate: str = "20/minute"
    identify_rate: str = "60/minute"
    jobs: Annotated[int, Field(ge=1, le=64)] = 1
    metrics_token: SecretStr = SecretStr("")

    @field_validator("proxy_secret", "metrics_token")
    @classmethod
    def _no_default_secret(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and (len(secret) < _SECRET_CHARACTERS or secret.lower().strip("-_") in _DEFAULT_SECRETS):
            msg = (
                "秘密の値が短すぎるか、見本のままです。"
                f"{_SECRET_CHARACTERS} 字以上のでたらめな文字列にしてください。"
                '例: python -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
            raise ValueError(msg)
        if secret and len(set(secret)) < _SECRET_CHARACTERS // 4:
            msg = "秘密の値が同じ文字の繰り返しです。でたらめな文字列にしてください。"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _proxy_is_trusted(self) -> Self:
        if self.proxy_user_header and not self.proxy_secret.get_secret_value():
            msg = "GAIJI_SERVER_PROXY_USER_HEADER には、GAIJI_SERVER_PROXY_SECRET も必要です。"
            raise ValueError(msg)
        return self

    @cached_property
    def url(self) -> str:
        """SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'gaiji.db').as_posix()}"

    @property
    def queue_path(self) -> Path:
        """The queue's own SQLite file: losing it loses no work, the jobs stand in the database."""
        return self.data_dir / "queue.db"

    @property
    def uploads_dir(self) -> Path:
        """Uploaded files, by digest."""
        return self.data_dir / "uploads"

    @property
    def backups_dir(self) -> Path:
        """Where ``gaiji backup`` writes unless told otherwise."""
        return self.data_dir / "backups"

    @property
    def upload_bytes(self) -> int:
        """Largest file taken, in bytes."""
        return self.upload_mib * _MIB

    @property
    def request_bytes(self) -> int:
        """Largest body of any other request, in bytes."""
        return self.request_mib * _MIB
