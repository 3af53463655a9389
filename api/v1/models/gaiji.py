"""Bodies: gaiji one by one."""

from __future__ import annotations

from pydantic import Field

from api.v1.schema import Schema


class GaijiBody(Schema):
    """One submitted character."""

    id: int
    upload_id: int
    ordinal: int = Field(description="ファイルの中での順番（0 から）", examples=[0])
    shape_id: int | None = Field(description="図形。読めなかったものは null", examples=[1])
    source: str = Field(examples=["EUDC.TTE"])
    code: str = Field(description="外字コード。なければ空文字列", examples=["U+E000"])
    font: str = Field(examples=["EUDC"])
    kind: str = Field(description="提出区分の番号。なければ空文字列", examples=["2"])
    status: str = Field(description="ok か、読めなかった理由の識別子", examples=["ok"])
    message: str = Field(description="読めなかった理由と、どうすればよいか")
    near_shape_id: int | None = Field(description="ほとんど同じ、先に登録された図形", examples=[None])


class UnreadableBody(Schema):
    """One gaiji without a picture."""

    id: int
    code: str = Field(examples=["U+E003"])
    source: str = Field(examples=["外字.zip#E003.png"])
    upload_id: int
    file: str = Field(description="登録したファイルの名前", examples=["外字.zip"])
    status: str = Field(description="理由の識別子", examples=["unreadable-image"])
    message: str = Field(description="理由と、どうすればよいか", examples=["画像として読めません。"])
