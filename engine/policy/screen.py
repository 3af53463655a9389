"""A proposed gaiji, checked before it is made: does it exist already, and who must agree if not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.policy.action import NewGaiji
from engine.policy.policy import Policy
from engine.policy.targets import Target, Targets
from engine.result import Identification, Review, Subclass, Verdict


class Answer(StrEnum):
    """What a policy says of a proposal."""

    EXISTS = "exists"
    """It is an MJ character: not to be made."""
    APPROVE = "approve"
    ASK_FIRST = "ask-first"
    FORBID = "forbid"
    UNREADABLE = "unreadable"

    @property
    def may_go_on(self) -> bool:
        """Whether the proposal may be taken to those who approve."""
        return self in (Answer.APPROVE, Answer.ASK_FIRST)


@dataclass(frozen=True, slots=True)
class Screening:
    """What a policy says of one proposal.

    Attributes
    ----------
    row : Identification
    answer : Answer
    headline : str
        Japanese, one sentence.
    details : tuple of str
        Japanese: what to do, who must agree, what to check first.
    replacement : str
        The character to use instead, where there is one.
    """

    row: Identification
    answer: Answer
    headline: str
    details: tuple[str, ...]
    replacement: str = ""


def screen(policy: Policy, row: Identification, targets: Targets) -> Screening:
    """Check one identified proposal.

    Parameters
    ----------
    policy : Policy
    row : Identification
        What the engine says of the picture; ``system`` is where the gaiji is wanted.
    targets : Targets
    """
    if row.verdict is None or row.status != "ok":
        reason = row.message or row.status
        return Screening(
            row, Answer.UNREADABLE, f"図形を読めません。{reason}", ("図形を作り直してください。",)
        )
    charset = policy.charset_of(row.system)
    replacement = targets.replacement(row.mj, charset, policy.shrink_order) if row.mj else ""
    if row.verdict in (Verdict.SAME, Verdict.DESIGN):
        return _existing(row, targets.of_name(row.mj, charset, policy.shrink_order), replacement)
    new = policy.new_gaiji
    if row.verdict is Verdict.SIMILAR:
        wanted, what = new.similar, f"この字と同じ標準の文字はありませんが、{row.mj} に似ています。"
    elif row.subclass is Subclass.HENTAIGANA:
        wanted, what = (
            new.hentaigana,
            f"この字は変体仮名です{f'（{row.mj} に似ています）' if row.mj else ''}。",
        )
    elif row.subclass is Subclass.SYMBOL:
        wanted, what = new.symbol, "この字は漢字ではなく、仮名・英数字・記号です。"
        replacement = _character(row)
    else:
        wanted, what = new.unknown, "この字と同じ標準の文字も、似た標準の文字もありません。"
    return Screening(row, Answer(wanted.value), what, _details(policy, wanted, replacement), replacement)


def _existing(row: Identification, target: Target, replacement: str) -> Screening:
    sure = row.review is Review.AUTO
    headline = f"この字は {row.mj} として既にあります{'' if sure else '（念のため図形を見比べてください）'}。"
    told = ["新しい外字は作りません。"]
    if target is Target.MJ:
        told.append(
            f"標準の文字 {replacement} を使ってください。" if replacement else "その文字を使ってください。"
        )
    else:
        told.append(
            f"{row.mj} はこのシステムの文字集合の外にあります。"
            + (f"縮退先は {replacement} です。" if replacement else "縮退先はありません。")
            + "この字形がどうしても必要なら、独自に描かず、MJ の字形を外字として取り込んでください"
            "（gaiji export eudc）。"
        )
    if not sure:
        told.append(f"別の字だと分かったときは、gaiji show {row.mj} の図形を添えて申し出てください。")
    return Screening(row, Answer.EXISTS, headline, tuple(told), replacement)


def _details(policy: Policy, wanted: NewGaiji, replacement: str) -> tuple[str, ...]:
    new = policy.new_gaiji
    use = (f"代わりに {replacement} を使えないか確かめてください。",) if replacement else ()
    if wanted is NewGaiji.FORBID:
        return ("このポリシーでは、この種の字を外字として作りません。", *use)
    if wanted is NewGaiji.APPROVE:
        told = ["承認を得れば作れます。"]
    else:
        told = ["似た字を本人に示し、それでもなお必要なときは、承認を得て作れます。"]
    told += use
    told.append(f"申請: {new.applicant}、承認: {new.approver}（{new.approvals} 人）")
    told += [f"作る前に: {each.japanese}" for each in new.checks]
    return tuple(told)


def _character(row: Identification) -> str:
    """Return the character that the evidence names, if it is one that can be shown."""
    code = next((each[5:] for each in row.evidence if each.startswith("char:U+")), "")
    try:
        character = chr(int(code.removeprefix("U+"), 16)) if code else ""
    except (ValueError, OverflowError):
        return ""
    return character if character.isprintable() else ""
