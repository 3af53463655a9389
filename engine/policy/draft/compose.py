"""The draft: twelve chapters from one body of evidence."""

from __future__ import annotations

from engine.policy.draft import criteria, inventory_chapter, keeping, procedure, residents, scope
from engine.policy.draft.evidence import Evidence
from engine.policy.draft.model import Document, name

_PREFACE = (
    "この文書は、外字を標準の文字に同定した結果と、試した方針とから、プログラムが作った案です。"
    "数は、どれも同定の結果を数えたもの、または方針をその結果に当てはめて試算したものです。",
    "【要決定】とある枠は、結果からも方針からも決まらないことです。話し合って決め、枠を決めたことの文に替えてください。"
    "枠がなくなり、施行日が入れば、ポリシーになります。",
    "記録・連携・安全管理などの手順は、一般に要ることを案として書いたものです。自団体の規程に合うかを確かめてください。",
    "図は左から、外字、比べた標準の文字、重ね合わせです。"
    "重ね合わせの灰色は両方にある部分、色の付いた部分は片方だけにある部分です。",
)


def compose(evidence: Evidence) -> Document:
    """Write the document."""
    policy = evidence.policy
    adopted = policy.adopted.isoformat() if policy.adopted else "案（施行日は未定）"
    minutes = [
        ("団体", name(evidence.municipality) or "（未記入）"),
        ("版", name(policy.version)),
        ("施行日", adopted),
        ("案を作った日", evidence.made_on.isoformat()),
        ("もとにした方針", f"{name(policy.title)}（内容のハッシュ値 {policy.identity[:8]}）"),
        ("もとにした結果", f"外字 {evidence.inventory.total:,} 字"),
        ("参照した文字", evidence.refset.title),
        ("判定基準", evidence.criteria.title),
    ]
    if evidence.code:
        minutes.insert(1, ("団体コード", name(evidence.code)))
    chapters = (
        scope.purpose(evidence),
        scope.terms(evidence),
        scope.charsets(evidence),
        inventory_chapter.inventory(evidence),
        criteria.criteria(evidence),
        procedure.procedure(evidence),
        procedure.similar(evidence),
        residents.residents(evidence),
        keeping.ledger(evidence),
        keeping.exchange(evidence),
        keeping.safety(evidence),
        keeping.revision(evidence),
    )
    return Document("文字運用ポリシー", "案", tuple(minutes), _PREFACE, chapters)
