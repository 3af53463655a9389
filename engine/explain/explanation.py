"""An explanation as data, with the sentences that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.explain.place import Place
from engine.judge.criteria import Criteria, Rule, TracedCondition
from engine.judge.measure import MEASURES
from engine.reference.codes import to_code
from engine.result import Identification, Review, Subclass, Verdict

if TYPE_CHECKING:
    from engine.glyph.model import Glyph

_LIKELY = 0.7
"""Probability from which on small differences of colour are no news."""
ACCEPTED = (Verdict.SAME, Verdict.DESIGN)
"""Classes that name the character without more ado."""
_RIVALRY = ("rival", "lead", "stranger", "stranger_lead", "sibling", "sibling_lead")
"""Measures by which a rule looks at the runner-up."""

_MEANINGS: Mapping[Verdict | Subclass, str] = {
    Verdict.SAME: "構成要素の配置・画数・形がすべて同じです。",
    Verdict.DESIGN: "構成要素の配置と画数は同じで、形の違いは書体デザインの範囲です。",
    Verdict.SIMILAR: "似ていますが、同じ文字とは決められません。置き換えるかどうかは人が決めます。",
    Subclass.UNKNOWN: "文字情報基盤に、似た文字がありません。",
    Subclass.HENTAIGANA: "漢字ではなく、変体仮名です。",
    Subclass.SYMBOL: "漢字ではなく、仮名・英数字・記号などです。",
}


@dataclass(frozen=True, eq=False)
class ExplainedCandidate:
    """A compared candidate.

    Attributes
    ----------
    name : str
        MJ name, or the character itself where it is not of the table.
    ucs, ivs : str
        The character, and its variation sequence; may be empty.
    probability : float
        0–1, that gaiji and candidate are one form.
    similarity : float
        Of the descriptions.
    offered : bool
        In the character set asked for.
    tied : bool
        Of the same shape as the decided candidate.
    sibling : bool
        Another form of the same character.
    places : tuple of Place
        Where it differs from the gaiji, the plainest first.
    square, registered : (S, S) uint8
        Its normalised picture, as it is and laid over the gaiji.
    """

    name: str
    ucs: str
    ivs: str
    probability: float
    similarity: float
    offered: bool
    tied: bool
    sibling: bool
    places: tuple[Place, ...]
    square: NDArray[np.uint8]
    registered: NDArray[np.uint8]

    @property
    def label(self) -> str:
        """Name for a sentence: ``MJ026190（邉）``."""
        if len(self.name) == 1:
            return f"「{self.name}」（{to_code(self.name)}）"
        return f"{self.name}（{self.ucs}）" if self.ucs else self.name

    @property
    def short(self) -> str:
        """Name alone, in quotation marks where it is the character itself."""
        return f"「{self.name}」" if len(self.name) == 1 else f"{self.name} "

    @property
    def changes_form(self) -> bool:
        """Whether some difference is more than a matter of design."""
        return any(not place.difference.kind.within_design for place in self.places)


@dataclass(frozen=True, slots=True)
class TracedRule:
    """A rule with what it met; of a rule that fired, all conditions held."""

    rule: Rule
    conditions: tuple[TracedCondition, ...]

    @property
    def failed(self) -> tuple[TracedCondition, ...]:
        """The conditions that did not hold."""
        return tuple(each for each in self.conditions if not each.holds)


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a gaiji got its row.

    Attributes
    ----------
    glyph : Glyph
        The gaiji; the candidates' pictures and places refer to it normalised.
    row : Identification
    criteria : Criteria
    fired : tuple of TracedRule
        The rules behind class and review, in this order.
    missed : tuple of TracedRule
        Rules asked before those that fired, which would have settled the matter (字形一致, デザイン差, no
        review) but failed; none where nothing is similar.
    candidates : tuple of ExplainedCandidate
        The decided one first, the others by descending probability.
    runner_up : ExplainedCandidate or None
        The best of another shape; where the decided one is not on offer: the one on offer, if compared.
    """

    glyph: Glyph
    row: Identification
    criteria: Criteria
    fired: tuple[TracedRule, ...]
    missed: tuple[TracedRule, ...]
    candidates: tuple[ExplainedCandidate, ...]
    runner_up: ExplainedCandidate | None

    @property
    def decided(self) -> ExplainedCandidate:
        """The candidate that the class speaks about."""
        return self.candidates[0]

    @property
    def role(self) -> str:
        """What the decided candidate is to the gaiji."""
        if self.row.verdict in ACCEPTED:
            return "同定した文字"
        if self.row.verdict is Verdict.UNIDENTIFIED and self.row.subclass is not Subclass.UNKNOWN:
            return "当てはまる図形"
        return "最も近い文字"

    @property
    def ties(self) -> tuple[str, ...]:
        """MJ names whose glyph is the same as the decided one's."""
        return self._evidence("tie:")

    @property
    def meaning(self) -> str:
        """What the class means."""
        key = self.row.subclass or self.row.verdict
        return _MEANINGS[key] if key is not None else ""

    @property
    def review(self) -> str:
        """Whether a person must look, as a sentence."""
        if self.row.review is Review.AUTO:
            known = self.row.verdict is Verdict.UNIDENTIFIED
            return f"人が見なくても、{'同定不可能として扱えます' if known else 'このまま採用できます'}。"
        return "人が確かめてください。"

    @property
    def tie_sentence(self) -> str:
        """What to know about the ties; empty where there are none."""
        if not self.ties:
            return ""
        return f"{'・'.join(self.ties)} は同じ形の図形です。どれを選んでも誤りではありません。"

    @property
    def near_sentence(self) -> str:
        """What to know about other forms of the same character that fit about as well; else empty."""
        near = self._evidence("near:")
        if not near:
            return ""
        return f"{'・'.join(near)} は同じ文字の別の字形で、この外字に同じくらい合います。"

    @property
    def unified_sentence(self) -> str:
        """What to know about the JIS X 0213 rules that do not tell these forms apart; else empty."""
        rules = self._evidence("hosetsu:")
        if not rules:
            return ""
        return (
            f"JIS X 0213 の包摂規準（{'・'.join(rules)}）は、この文字の字形の違いを区別しません。"
            "字形まで区別しない運用なら、置き換えられることがあります。"
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything else to know, a sentence each."""
        every = (self.outside_sentence, self.tie_sentence, self.near_sentence, self.unified_sentence)
        return tuple(filter(None, every))

    def _evidence(self, prefix: str) -> tuple[str, ...]:
        return tuple(each.removeprefix(prefix) for each in self.row.evidence if each.startswith(prefix))

    @property
    def outside_sentence(self) -> str:
        """What to know where the nearest glyph is not on offer; else empty."""
        if self.decided.offered or not self.row.mj:
            return ""
        return (
            f"最も近いのは {_spaced(self.decided.label)}ですが、指定した文字集合にありません。"
            f"文字集合の中で最も近いのは {self.row.mj}（{self.row.ucs}）です。"
        )

    def places_preface(self, candidate: ExplainedCandidate) -> str:
        """What to read before the places where a candidate differs, or instead of them."""
        if candidate.places:
            harmless = candidate is self.decided and self.row.verdict is Verdict.SAME
            return "違うところ（同じ字形と見てよい、小さなもの）:" if harmless else "違うところ:"
        if candidate.tied and candidate.probability >= _LIKELY and self.row.verdict is not Verdict.DESIGN:
            return "目に付く違いはありません。"
        return "種類を言える違いは見つかりません。図の、色の付いたところを見比べてください。"

    @property
    def runner_up_lost(self) -> bool:
        """Whether the runner-up was ruled out: a rule that refuses because of it has not fired."""
        refused = self.row.verdict is Verdict.SIMILAR and bool(self.fired)
        return not (refused and any(c.condition.measure in _RIVALRY for c in self.fired[0].conditions))

    @property
    def runner_up_role(self) -> str:
        """What the runner-up is: another form of the same character, or another character."""
        if self.runner_up is None or len(self.runner_up.name) == len(self.decided.name) == 1:
            return "次点"
        if self._is_substitute:
            return "文字集合の中で最も近い文字"
        return f"次点（{'同じ文字の別の字形' if self.runner_up.sibling else '別の文字'}）"

    @property
    def _is_substitute(self) -> bool:
        """Whether the runner-up is what the row offers in place of a glyph outside the character set."""
        other = self.runner_up
        return other is not None and not self.decided.offered and other.name == self.row.mj

    @property
    def runner_up_sentence(self) -> str:
        """Why the runner-up lost, or that it did not."""
        best, other = self.decided, self.runner_up
        if other is None:
            return "次点はありません。ほかに、細かく比べるほど似た字形がないためです。"
        chances = (
            f"同じ字形である確率は、{best.label}が {percent(best.probability)}、"
            f"{_spaced(f'{other.label}が {percent(other.probability)}')}です。"
        )
        if self.row.subclass is Subclass.UNKNOWN:
            return chances + "どちらも似ていません。"
        if not self.runner_up_lost:
            return chances + "どちらも同じくらい合うので、一方に決められませんでした。"
        if other.changes_form and not best.changes_form:
            why = "次点とは、字形を変える違いがあります。"
        elif len(other.places) > len(best.places):
            why = (
                f"違うところが、{best.short}とは {len(best.places)} か所、"
                f"{other.short}とは {len(other.places)} か所あります。"
            )
        elif other.places:
            why = f"違うところの数は同じくらいですが、全体の重なり方が {best.short}に及びません。"
        else:
            why = f"種類を言えるほどの違いはありませんが、全体の重なり方が {best.short}に及びません。"
        return chances + why


def percent(share: float) -> str:
    """Return a probability in words; never 0 % or 100 %, which nobody can know."""
    return MEASURES["same"].say(share)


def _spaced(text: str) -> str:
    """Put a space behind a sign, none behind a Japanese word."""
    return f"{text} " if text[-1:].isascii() else text
