"""Characters of the reference set, and a picture identified at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, File, Form, Query, UploadFile

from api.errors import NotFoundError
from api.pictures.reference import reference_of
from api.security.rates import by_user
from api.v1.factory import router as make_router
from api.v1.models.character import CharacterBody, CharacterLine, FoundBody, IdentifiedBody, LookupBody
from api.v1.models.project import Charset
from api.v1.parameters import Anybody, Limit, Mj, Shared
from api.v1.problems import problems
from api.v1.schema import Text
from api.work.identify_picture import identify_picture
from api.work.uploads import clean_name

router = make_router("文字")

_MOST_PASSED_OVER = 100_000


@router.get("/lookup", summary="文字を探す")
def look_up(
    _actor: Anybody,
    services: Shared,
    q: Annotated[
        Text,
        Query(
            min_length=1,
            max_length=200,
            description="読み・部首と画数・コード・部品・関係。組み合わせも（`gaiji find` と同じ書き方）",
            examples=["わたなべ 17画"],
        ),
    ],
    charset: Annotated[Charset, Query(description="範囲")] = Charset.MJ,
    limit: Limit = 50,
    offset: Annotated[int, Query(ge=0, le=_MOST_PASSED_OVER, description="読み飛ばす件数")] = 0,
) -> LookupBody:
    """ぴったりのものが先、次に画数の少ないもの、MJ文字図形名の順です。"""
    found = reference_of(services).finder.find(q, charset=charset.value, limit=limit, offset=offset)
    behind = offset + len(found.hits)
    return LookupBody(
        items=[FoundBody.of_hit(each) for each in found.hits],
        count=found.count,
        next=behind if found.hits and behind < found.count else None,
        hint=found.hint,
    )


@router.get("/mj/{mj}", summary="MJ 一つ")
def read_character(_actor: Anybody, services: Shared, mj: Mj) -> CharacterBody:
    """コード、読み、部首と画数、同じ文字のほかの字形、縮退先を返します。"""
    reference = reference_of(services)
    if mj not in reference.table:
        raise NotFoundError(f"{mj} は参照セットにありません。", {"mj": mj})
    record = reference.table.record(mj)
    siblings = tuple(reference.table.siblings(mj)) if record.ucs else ()
    return CharacterBody.of_record(record, siblings, reference.shrink.targets(mj), reference.refset.label)


@router.post(
    "/identify",
    summary="画像一つを同定する",
    dependencies=[Depends(by_user("identify"))],
    responses=problems(413, 415, 429),
)
def identify_one(
    _actor: Anybody,
    services: Shared,
    file: Annotated[
        UploadFile, File(description="一字の画像（PNG・BMP・TIFF・GIF・JPEG・PBM）", examples=["字.png"])
    ],
    charset: Annotated[Charset, Form(description="候補の範囲", examples=["mj"])] = Charset.MJ,
) -> IdentifiedBody:
    """その場で同定し、何も残しません。回数に限りがあります（`Retry-After`）。多くの字は、ファイルで登録してください。"""
    found = identify_picture(
        services, file=file.file, name=clean_name(file.filename or ""), charset=charset.value
    )
    return IdentifiedBody(
        row=found.row.row(), candidates=[CharacterLine.of(each) for each in found.candidates]
    )
