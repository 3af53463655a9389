"""Chapters on purpose and scope, terms, character sets."""

from __future__ import annotations

from engine.policy.draft.evidence import Evidence
from engine.policy.draft.inventory import NO_SYSTEM
from engine.policy.draft.model import Block, Chapter, Items, Paragraph, Question, Section, name, plain
from engine.reference.table import CHARSETS
from engine.report.survey_table import Table, Value

_TERMS: tuple[tuple[str, str], ...] = (
    ("外字", "システムの標準の文字にないために、団体や事業者が作って私用の符号で持っている文字。"),
    ("文字情報基盤", "氏名などに使う文字を集め、一字ごとに名と図形を定めた文字の表。"),
    ("MJ文字図形名", "文字情報基盤の図形の名（MJ に数字が続くもの）。この文書では MJ と略す。"),
    ("住基ネット統一文字", "住民基本台帳ネットワークシステムで使う文字。対応する MJ が表に載っている。"),
    ("戸籍統一文字", "戸籍で使う文字。対応する MJ が表に載っている。"),
    ("同定", "外字が、標準の文字のどれに当たるかを決めること。"),
    ("字形一致", "すべての構成要素の配置・画数・形が、MJ の図形と一致するもの。"),
    ("デザイン差", "すべての構成要素の配置と画数が一致し、形の違いが書体のデザインの違いにとどまるもの。"),
    ("類似", "似た MJ の図形はあるが、字形一致ともデザイン差ともいえないもの。"),
    ("同定不可能", "似た MJ の図形がないもの（不明文字）、変体仮名、記号等。"),
    ("要確認", "機械の判定だけでは決めず、必ず人が見るもの。"),
    ("縮退", "送り先の文字集合にない文字を、定めた根拠によって、ある文字に置き換えること。"),
    ("包摂", "字形の小さな違いを区別せず、同じ文字として扱うこと。JIS X 0213 は規準ごとに番号を定めている。"),
    ("IVS", "同じ文字の異なる字形を、符号の並びで区別する方法。"),
    ("図形", "外字の絵。まったく同じ絵の外字がいくつあっても、図形としては一つと数える。"),
)


def purpose(evidence: Evidence) -> Chapter:
    """目的と適用範囲."""
    policy = evidence.policy
    known = {each.name for each in policy.systems}
    lines: list[tuple[Value, ...]] = []
    for system, count in evidence.inventory.systems:
        basis = "名を挙げて定める" if system in known else "そのほかのシステムの定めによる"
        lines.append((name(system), count, basis))
    present = {system for system, _ in evidence.inventory.systems}
    lines += [(name(each), 0, "名を挙げて定める") for each in sorted(known - present)]
    blocks: list[Block] = [
        Paragraph(
            f"このポリシーは、{name(evidence.whose)}が持つ外字の扱いを定める。適用するのは、次の業務システムである。"
        ),
        Table(
            "業務システムと外字の数",
            ("業務システム", "外字", "定め方"),
            tuple(lines),
            (False,) * len(lines),
            (),
        ),
    ]
    if NO_SYSTEM in present:
        blocks.append(
            Question(
                "結果に、どの業務システムの外字かが書かれていないものがある。どのシステムのものかを確かめる。"
            )
        )
    if not evidence.municipality:
        blocks.append(Question("団体の名を書き入れる。"))
    blocks.append(Question("このポリシーを所管する課と、文字についての最終の責任者を決める。"))
    if policy.adopted is None:
        blocks.append(Question("施行日を決める。"))
    return Chapter(
        "目的と適用範囲",
        (
            Section("目的", (Paragraph(plain(policy.purpose)),)),
            Section(
                "基本の考え",
                (
                    Items(
                        (
                            "標準の文字に当たる外字は、外字として持ち続けない。要らない外字を新しく作らない。",
                            "同じ字であるといえない外字を、だれも見ないまま別の字に置き換えることはしない。"
                            "人の字を黙って変えることが、最も重い誤りである。",
                            "置き換えた外字も、置き換えなかった外字も、わけを後からたどれるように記録する。",
                        )
                    ),
                ),
            ),
            Section("適用範囲", tuple(blocks)),
        ),
    )


def terms(evidence: Evidence) -> Chapter:
    """用語."""
    lines = tuple(_TERMS)
    return Chapter(
        "用語",
        (
            Section(
                "",
                (
                    Paragraph("この文書で使う言葉の意味は、次のとおりとする。"),
                    Table("用語", ("言葉", "意味"), lines, (False,) * len(lines), ()),
                ),
            ),
        ),
    )


def charsets(evidence: Evidence) -> Chapter:
    """文字集合と版."""
    policy, refset = evidence.policy, evidence.refset
    lines: list[tuple[Value, ...]] = [
        (name(each.name), CHARSETS[each.charset], evidence.charsets[each.charset], plain(each.rationale))
        for each in policy.systems
    ]
    lines.append(
        (
            "上にないシステム" if lines else "すべてのシステム",
            CHARSETS[policy.charset],
            evidence.charsets[policy.charset],
            plain(policy.charset_rationale),
        )
    )
    versions = (
        ("参照した文字の表", refset.title, refset.id),
        ("表の出どころ", refset.source, refset.license),
        ("図形を示すフォント", f"{refset.font.title} {refset.font.version}", refset.font.license),
        ("判定基準", evidence.criteria.title, evidence.criteria.version),
    )
    return Chapter(
        "文字集合と版",
        (
            Section(
                "使ってよい文字",
                (
                    Paragraph(
                        "業務システムごとに、使ってよい文字の集合を次のとおり定める。"
                        "同定した文字がこの集合にないときは、その文字には置き換えない。"
                    ),
                    Table(
                        "業務システムごとの文字集合",
                        ("業務システム", "文字集合", "字数", "わけ"),
                        tuple(lines),
                        (False,) * len(lines),
                        ("字数は、参照した文字の表で数えたもの。",),
                    ),
                    Question(
                        "それぞれのシステムの画面・帳票・フォントが、この文字集合の字をすべて出せることを、事業者に確かめる。"
                    ),
                ),
            ),
            Section(
                "よりどころとする版",
                (
                    Table(
                        "参照した文字と判定基準の版", ("もの", "名", "版・許諾"), versions, (False,) * 4, ()
                    ),
                    Paragraph(
                        "同定の結果は、この版によるものである。表・フォント・判定基準のどれかの版が変わったときは、"
                        "改定の章に従って同定し直す。"
                    ),
                ),
            ),
        ),
    )
