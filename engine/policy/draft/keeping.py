"""Chapters on records, exchange, safety and revision."""

from __future__ import annotations

from engine.policy.draft.evidence import Evidence
from engine.policy.draft.model import Block, Chapter, Items, Paragraph, Question, Section, name
from engine.policy.policy import OutsideRule
from engine.report.survey_table import Table

_LEDGER: tuple[tuple[str, str], ...] = (
    (
        "外字を表すもの",
        "団体コード・業務システム・フォント・外字コード。同じコードでも、システムやフォントが違えば別の字である。",
    ),
    ("図形", "外字の絵そのもの。"),
    ("機械の判定", "区分・MJ・確かさ・根拠とした規則と違い・参照した文字と判定基準の版。"),
    ("人の判定", "決めた人・日時・区分・MJ・理由。二人で決めたものは、それぞれ。"),
    ("用いたポリシー", "版と、内容のハッシュ値。"),
    ("本人の意思", "尋ねたもの、申出のあったものの、日付と答え。"),
)


def ledger(evidence: Evidence) -> Chapter:
    """台帳・変換表・監査."""
    return Chapter(
        "台帳・変換表・監査",
        (
            Section(
                "台帳",
                (
                    Paragraph("外字ごとに、次のことを台帳に記録する。置き換えた後も消さない。"),
                    Table("台帳に記録すること", ("項目", "中身"), _LEDGER, (False,) * len(_LEDGER), ()),
                    Question("台帳を持つ課と、保存する年数を決める。"),
                ),
            ),
            Section(
                "変換表",
                (
                    Paragraph(
                        "決まった外字は、外字コードから標準の文字への変換表にする。変換表は、業務システムとフォントごとに分け、"
                        "標準の文字の符号（IVS があればそれを含む）と MJ を記す。"
                        "縮退したものは、縮退先と根拠も記す。"
                    ),
                    Paragraph(
                        "変換の前に写しを取り、変換した件数が変換表と合うことを確かめ、元に戻せるようにしておく。"
                    ),
                ),
            ),
            Section(
                "監査",
                (
                    Paragraph(
                        "判定と取り消しの記録は、後から書き換えない。誤りは、取り消しと新しい判定を重ねて直す。"
                    ),
                    Question("自動で置き換えたものを抜き取って確かめる割合と、その担当を決める。"),
                ),
            ),
        ),
    )


def exchange(evidence: Evidence) -> Chapter:
    """連携."""
    outside = [
        (rule, evidence.rows_of(rule)) for rule in evidence.policy.rules if isinstance(rule, OutsideRule)
    ]
    lines = tuple((rule.id, rule.title, rule.action.japanese, count) for rule, count in outside)
    return Chapter(
        "連携",
        (
            Section(
                "",
                (
                    Paragraph(
                        "業務システムの間で文字を受け渡すときは、受け取る側の文字集合にある文字で渡す。"
                        "ないときは、縮退の順序による。"
                    ),
                    Table(
                        "文字集合の外の文字になるもの",
                        ("番号", "当てはまる字", "扱い", "外字"),
                        lines,
                        (False,) * len(lines),
                        (),
                    ),
                    Items(
                        (
                            "文字は、文字の符号と IVS で渡す。受け渡しの途中で IVS を落とさない。",
                            "互換の文字を別の文字に直す処理（Unicode の正規化）を、氏名に掛けない。",
                            "私用の符号（外字コード）だけでは、別のシステムでどの字かが分からない。団体・システム・フォントとともに扱う。",
                        )
                    ),
                    Question("外字のまま残る字を、ほかのシステムに渡さなければならないときの扱いを決める。"),
                    Question(
                        "連携先の一覧と、それぞれが受け取れる文字集合・IVS の可否・文字コードを確かめる。"
                    ),
                ),
            ),
        ),
    )


def safety(evidence: Evidence) -> Chapter:
    """安全管理."""
    return Chapter(
        "安全管理",
        (
            Section(
                "",
                (
                    Items(
                        (
                            "氏名は個人情報である。同定の作業では、外字の図形とコードだけを扱い、氏名と結び付けて持ち出さない。",
                            "記録（ログ）に氏名を書かない。",
                            "外字の図形・台帳・変換表は、許された人だけが読める場所に置く。",
                            "変換の前に、戻せる写しを取る。写しが読めることを確かめる。",
                            "入力のファイルは、外から来たものとして扱い、読み取れないものは作業から外して理由を記録する。",
                        )
                    ),
                    Question(
                        "適用する個人情報と情報セキュリティの規程の名を挙げ、この章の定めと合うことを確かめる。"
                    ),
                    Question("台帳・変換表・写しに触れてよい人と、置き場所を決める。"),
                ),
            ),
        ),
    )


def revision(evidence: Evidence) -> Chapter:
    """改定."""
    policy = evidence.policy
    blocks: list[Block] = [
        Paragraph(
            f"この文書は、方針「{name(policy.title)}」の版「{name(policy.version)}」による。内容のハッシュ値は次のとおりで、"
            "試算したものと採用したものが同じかどうかは、この値で確かめる。"
        ),
        Items((policy.identity,)),
        Paragraph("次のときに、このポリシーを見直す。"),
        Items(
            (
                "参照した文字の表・フォント・判定基準の版が変わったとき。",
                "業務システムを替えるとき、または使える文字集合が変わるとき。",
                "見直しの申出や、判定の取り消しが重なったとき。",
            )
        ),
        Paragraph(
            "見直すときは、新しい版の案を今の結果に当てはめて試算し、今の版と比べてから決める。"
            "採用した版は書き換えず、変えるときは新しい版とする。過去の判定には、そのとき用いた版が記録として残る。"
        ),
        Question("改定を決める人（会議）と、定期に見直す時期を決める。"),
    ]
    return Chapter("改定", (Section("", tuple(blocks)),))
