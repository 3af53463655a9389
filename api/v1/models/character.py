"""Bodies: characters of the reference set, and a picture identified at once."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field

from api.v1.schema import Schema
from engine.lookup.finder import Hit
from engine.reference.record import MojiRecord
from engine.reference.shrink import ShrinkTarget


class CharacterLine(Schema):
    """A character in few words."""

    mj: str = Field(description="MJ文字図形名", examples=["MJ008095"])
    kind: str = Field(description="kanji か hentaigana", examples=["kanji"])
    character: str = Field(description="対応する UCS の文字。なければ空文字列", examples=["乗"])
    ucs: str | None = Field(examples=["U+4E57"])
    ivs: str | None = Field(description="Moji_Joho IVS", examples=["U+4E57_E0100"])
    koseki: str | None = Field(description="戸籍統一文字番号", examples=["001460"])
    juki: str | None = Field(description="住基ネット統一文字コード", examples=["J+4E57"])
    toki: str | None = Field(description="登記統一文字番号", examples=["00010460"])
    jisx0213: str | None = Field(description="JIS X 0213 面-区-点", examples=["1-30-72"])
    strokes: int | None = Field(description="総画数", examples=[9])
    readings: list[str] = Field(description="読み。変体仮名では音価", examples=[["ジョウ", "のる"]])
    picture: str = Field(description="図の URL（PNG）", examples=["/mj/MJ008095.png?size=128"])

    @classmethod
    def of(cls, record: MojiRecord) -> Self:
        """Say it."""
        return cls(**_line(record))


class FoundBody(CharacterLine):
    """A character that was found."""

    reasons: list[str] = Field(description="見つかった理由", examples=[["読み ジョウ"]])

    @classmethod
    def of_hit(cls, hit: Hit) -> Self:
        """Say it."""
        return cls(**_line(hit.record), reasons=list(hit.reasons))


class LookupBody(Schema):
    """What was found."""

    items: list[FoundBody]
    count: int = Field(description="当てはまる字の総数", examples=[1])
    next: int | None = Field(description="続きがあるとき、次の要求の `offset`", examples=[None])
    hint: str = Field(description="一つもないとき、どうすればよいか")


class RadicalBody(Schema):
    """部首."""

    radical: int = Field(description="部首番号（1～214）", examples=[4])
    strokes: int | None = Field(description="内画数", examples=[8])


class ShrinkBody(Schema):
    """A character that may stand in for another one."""

    character: str = Field(examples=["乗"])
    ucs: str = Field(examples=["U+4E57"])
    jisx0213: str = Field(examples=["1-30-72"])
    basis: str = Field(description="根拠", examples=["JIS包摂規準・UCS統合規則"])
    rank: int | None = Field(description="根拠の中での順位", examples=[1])
    hops: int | None = Field(description="親字・正字までの段数", examples=[None])

    @classmethod
    def of(cls, target: ShrinkTarget) -> Self:
        """Say it."""
        return cls(
            character=target.character,
            ucs=target.target,
            jisx0213=target.jisx0213,
            basis=target.basis.title,
            rank=target.rank,
            hops=target.hops,
        )


class CharacterBody(CharacterLine):
    """All that the reference set says of a character."""

    ucs_implemented: str | None = Field(description="実装した UCS", examples=["U+4E57"])
    ivs_extra: list[str] = Field(description="ほかの IVS", examples=[[]])
    svs: str | None = Field(examples=[None])
    nyukan_seiji: str | None = Field(description="入管正字コード", examples=["4E57"])
    nyukan_gaiji: str | None = Field(description="入管外字コード", examples=[None])
    jisx0213_rules: list[str] = Field(description="包摂連番", examples=[[]])
    jisx0212: str | None = Field(description="JIS X 0212 区-点", examples=[None])
    policy: str | None = Field(description="漢字施策", examples=["常用漢字"])
    radicals: list[RadicalBody]
    ids: list[str] = Field(description="漢字構成記述文字列（対応する UCS のもの）", examples=[["⿻禾䒑"]])
    jibo: str | None = Field(description="変体仮名の字母", examples=[None])
    hentaigana_id: str | None = Field(description="学術用変体仮名番号", examples=[None])
    note: str | None = Field(description="備考", examples=[None])
    siblings: list[str] = Field(description="対応する UCS が同じ、ほかの MJ", examples=[["MJ008096"]])
    shrink: list[ShrinkBody] = Field(description="縮退先、根拠の強い順")
    reference: str = Field(description="参照セットと判定基準の版", examples=["mojikiban-006.02 v4"])
    outline: str = Field(description="輪郭の URL（SVG）", examples=["/mj/MJ008095.svg"])

    @classmethod
    def of_record(
        cls, record: MojiRecord, siblings: tuple[str, ...], shrink: tuple[ShrinkTarget, ...], reference: str
    ) -> Self:
        """Say it."""
        return cls(
            **_line(record),
            ucs_implemented=record.ucs_implemented,
            ivs_extra=list(record.ivs_extra),
            svs=record.svs,
            nyukan_seiji=record.nyukan_seiji,
            nyukan_gaiji=record.nyukan_gaiji,
            jisx0213_rules=list(record.jisx0213_rules),
            jisx0212=record.jisx0212,
            policy=record.policy,
            radicals=[RadicalBody.model_validate(each) for each in record.radicals],
            ids=list(record.ids),
            jibo=record.jibo,
            hentaigana_id=record.hentaigana_id,
            note=record.note,
            siblings=list(siblings),
            shrink=[ShrinkBody.of(each) for each in shrink],
            reference=reference,
            outline=f"/mj/{record.mj}.svg",
        )


class IdentifiedBody(Schema):
    """The row of one picture."""

    row: dict[str, Any] = Field(
        description="`gaiji identify` の列と同じ名前の値",
        examples=[{"class": "字形一致", "mj": "MJ008095", "confidence": 0.9731, "review": "auto"}],
    )
    candidates: list[CharacterLine] = Field(description="候補、良い順")


def _line(record: MojiRecord) -> dict[str, Any]:
    return {
        "mj": record.mj,
        "kind": record.kind,
        "character": record.character,
        "ucs": record.ucs,
        "ivs": record.ivs,
        "koseki": record.koseki,
        "juki": record.juki,
        "toki": record.toki,
        "jisx0213": record.jisx0213,
        "strokes": record.strokes,
        "readings": list(record.phonetics if record.kind == "hentaigana" else record.readings),
        "picture": f"/mj/{record.mj}.png?size=128",
    }
