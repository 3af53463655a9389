"""A 文字運用ポリシー: rules with an id, an action and a Japanese rationale.

Which rule decides a gaiji, from the most particular to the most general:

1. an **exception** for its MJ and class,
2. a **包摂 rule**: for a 類似 that a numbered unification rule of JIS X 0213 links to its MJ,
3. a **difference rule**: for the kinds of difference between the gaiji and its MJ,
4. the **class rule**: one for each class, and each subclass of 同定不可能; so every gaiji is decided.

Where a gaiji has several differences (or numbers), the strictest action holds, and a difference that no rule
names counts with the action of the class: one harmless difference never excuses another. Of equal actions the
rule with the smallest id is named. The order of rules in a file has no meaning.

Then come the things that no rule can loosen, in this order (:mod:`engine.policy.decide`):

* **outside rules**: an MJ outside the character set of the gaiji's system replaces nothing;
* **nothing to replace with**: the gaiji stays;
* **safety floor**: nothing is replaced unseen where the engine asks for a look (``review`` = ``required``),
  where the gaiji is only 類似, or where it is 同定不可能;
* **second review**: where the policy wants a second person, one look becomes two.

The schema therefore refuses, so that a policy does not promise what never happens: ``replace`` for 類似 (in
any kind of rule), for 変体仮名 and 記号等; any replacement for 不明文字, and for an MJ outside the character
set that has no 縮退先; ``replace`` for a 縮退, which changes the form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine.difference import DifferenceKind
from engine.policy.action import Action, NewGaiji, NewGaijiCheck, SecondReview
from engine.result import Subclass, Verdict

FORMAT = 1
"""Of the file; another number is another shape."""

_NOT_UNSEEN = tuple(action for action in Action if action is not Action.REPLACE)
_NO_TARGET = tuple(action for action in Action if not action.replaces)


@dataclass(frozen=True, slots=True)
class Rule:
    """What every rule has.

    Attributes
    ----------
    id : str
        Of its own within the policy.
    action : Action
    rationale : str
        Japanese: why. A policy is read and answered for by people.
    """

    id: str
    action: Action
    rationale: str

    @property
    def allowed(self) -> tuple[Action, ...]:
        """Actions that the rule may have, loosest first."""
        return tuple(Action)

    @property
    def title(self) -> str:
        """What the rule is about, in Japanese."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ClassRule(Rule):
    """For a class; ``subclass`` for 同定不可能 only."""

    verdict: Verdict
    subclass: Subclass | None = None

    @property
    def allowed(self) -> tuple[Action, ...]:
        """See :attr:`Rule.allowed`."""
        if self.subclass is Subclass.UNKNOWN:
            return _NO_TARGET
        return tuple(Action) if self.verdict in (Verdict.SAME, Verdict.DESIGN) else _NOT_UNSEEN

    @property
    def title(self) -> str:
        """See :attr:`Rule.title`."""
        return f"{self.verdict}（{self.subclass}）" if self.subclass else self.verdict.value


@dataclass(frozen=True, slots=True)
class DifferenceRule(Rule):
    """For kinds of difference within classes.

    Attributes
    ----------
    kinds : tuple of DifferenceKind
        The engine names kinds only where a person is to look, at most three.
    verdicts : tuple of Verdict
        デザイン差, 類似 or both.
    """

    kinds: tuple[DifferenceKind, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def allowed(self) -> tuple[Action, ...]:
        """See :attr:`Rule.allowed`."""
        return _NOT_UNSEEN if Verdict.SIMILAR in self.verdicts else tuple(Action)

    @property
    def title(self) -> str:
        """See :attr:`Rule.title`."""
        return f"{'・'.join(self.verdicts)}で、違いが{'・'.join(f'「{k.japanese}」' for k in self.kinds)}"


@dataclass(frozen=True, slots=True)
class HosetsuRule(Rule):
    """For 類似 linked to their MJ by a unification rule of JIS X 0213.

    Attributes
    ----------
    numbers : tuple of str
        ``U082``; empty for every number that no other rule names.
    """

    numbers: tuple[str, ...]

    @property
    def allowed(self) -> tuple[Action, ...]:
        """See :attr:`Rule.allowed`."""
        return _NOT_UNSEEN

    @property
    def title(self) -> str:
        """See :attr:`Rule.title`."""
        return f"類似で、JIS X 0213 の包摂規準{'・'.join(self.numbers) or 'のどれか'}に当たる"


@dataclass(frozen=True, slots=True)
class ExceptionRule(Rule):
    """For some MJ.

    Attributes
    ----------
    mj : tuple of str
    verdicts : tuple of Verdict
        字形一致, デザイン差, 類似: for a 類似 the MJ is only the nearest.
    """

    mj: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def allowed(self) -> tuple[Action, ...]:
        """See :attr:`Rule.allowed`."""
        return _NOT_UNSEEN if Verdict.SIMILAR in self.verdicts else tuple(Action)

    @property
    def title(self) -> str:
        """See :attr:`Rule.title`."""
        shown = "・".join(self.mj[:3]) + (f" など {len(self.mj)} 字" if len(self.mj) > 3 else "")
        return f"例外: {shown}（{'・'.join(self.verdicts)}）"


@dataclass(frozen=True, slots=True)
class OutsideRule(Rule):
    """For an MJ outside the character set of the system.

    Attributes
    ----------
    shrinkable : bool
        Whether it is for those that have a 縮退先 by the policy's order.
    """

    shrinkable: bool

    @property
    def allowed(self) -> tuple[Action, ...]:
        """See :attr:`Rule.allowed`."""
        return _NOT_UNSEEN if self.shrinkable else _NO_TARGET

    @property
    def title(self) -> str:
        """See :attr:`Rule.title`."""
        return f"文字集合の外の MJ（縮退先が{'ある' if self.shrinkable else 'ない'}）"


@dataclass(frozen=True, slots=True)
class SystemCharset:
    """The character set of one business system; ``charset`` is a key of the reference table's CHARSETS."""

    name: str
    charset: str
    rationale: str


@dataclass(frozen=True, slots=True)
class NewGaijiRules:
    """Who may make a gaiji, and what comes first. What already is an MJ character is never made again.

    Attributes
    ----------
    applicant, approver : str
        Japanese: whose offices.
    approvals : int
        People who must approve, 1 or 2.
    checks : tuple of NewGaijiCheck
    similar, unknown, hentaigana, symbol : NewGaiji
        By what the engine says of the picture.
    rationale : str
    """

    applicant: str
    approver: str
    approvals: int
    checks: tuple[NewGaijiCheck, ...]
    similar: NewGaiji
    unknown: NewGaiji
    hentaigana: NewGaiji
    symbol: NewGaiji
    rationale: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy; see the module for which rule decides.

    Attributes
    ----------
    id, title, version : str
        ``version`` is what people call it, ``2026-1``.
    adopted : date or None
        None for a draft.
    purpose : str
        Japanese: what it is for.
    charset, charset_rationale : str
        Of systems that ``systems`` does not name.
    systems : tuple of SystemCharset
    class_rules, difference_rules, hosetsu_rules, exceptions, outside_rules : tuple of rules
    shrink_order : tuple of str
        Ids of 縮退 bases of the reference set, the one to prefer first; others are not used.
    shrink_rationale : str
    second_review : SecondReview
    second_review_rationale : str
    new_gaiji : NewGaijiRules
    """

    id: str
    title: str
    version: str
    adopted: date | None
    purpose: str
    charset: str
    charset_rationale: str
    systems: tuple[SystemCharset, ...]
    class_rules: tuple[ClassRule, ...]
    difference_rules: tuple[DifferenceRule, ...]
    hosetsu_rules: tuple[HosetsuRule, ...]
    exceptions: tuple[ExceptionRule, ...]
    outside_rules: tuple[OutsideRule, ...]
    shrink_order: tuple[str, ...]
    shrink_rationale: str
    second_review: SecondReview
    second_review_rationale: str
    new_gaiji: NewGaijiRules

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, the most particular first."""
        return (
            *self.exceptions,
            *self.hosetsu_rules,
            *self.difference_rules,
            *self.class_rules,
            *self.outside_rules,
        )

    @property
    def identity(self) -> str:
        """SHA-256 of what the policy says, 64 hex digits.

        Version and date are left out: what was tried and what was adopted can be shown to be the same. The
        order of rules, and of what is a set, does not matter.
        """
        data = as_data(self)
        data.pop("version")
        data.pop("adopted", None)
        text = json.dumps(_sorted(data), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    @property
    def label(self) -> str:
        """How people cite it: title, version, beginning of the identity."""
        return f"{self.title} {self.version}（{self.identity[:8]}）"

    def rule(self, identifier: str) -> Rule | None:
        """Return the rule with an id; None where there is none."""
        return next((rule for rule in self.rules if rule.id == identifier), None)

    def charset_of(self, system: str) -> str:
        """Return the character set of a system."""
        return next((each.charset for each in self.systems if each.name == system.strip()), self.charset)

    def with_action(self, identifier: str, action: Action) -> Policy:
        """Return the policy with another action for one rule.

        Raises
        ------
        ValueError
            There is no such rule, or it may not have this action.
        """
        rule = self.rule(identifier)
        if rule is None or action not in rule.allowed:
            msg = f"with_action: rule {identifier!r} cannot have {action!r}"
            raise ValueError(msg)
        changed = replace(rule, action=action)
        put: Callable[[tuple[Any, ...]], tuple[Any, ...]] = lambda rules: tuple(  # noqa: E731
            changed if each is rule else each for each in rules
        )
        return replace(
            self,
            class_rules=put(self.class_rules),
            difference_rules=put(self.difference_rules),
            hosetsu_rules=put(self.hosetsu_rules),
            exceptions=put(self.exceptions),
            outside_rules=put(self.outside_rules),
        )


def as_data(policy: Policy) -> dict[str, Any]:
    """Return a policy as plain values in the shape of its file (and of its JSON schema)."""
    new = policy.new_gaiji

    def told(rule: Rule, **more: Any) -> dict[str, Any]:
        return {"id": rule.id, **more, "action": rule.action.value, "rationale": rule.rationale}

    def values(members: tuple[Any, ...]) -> list[str]:
        return [each.value for each in members]

    return {
        "format": FORMAT,
        "id": policy.id,
        "title": policy.title,
        "version": policy.version,
        **({"adopted": policy.adopted.isoformat()} if policy.adopted else {}),
        "purpose": policy.purpose,
        "charset": {
            "default": policy.charset,
            "rationale": policy.charset_rationale,
            "system": [
                {"name": each.name, "charset": each.charset, "rationale": each.rationale}
                for each in policy.systems
            ],
        },
        "class_rule": [
            told(
                each,
                **{"class": each.verdict.value},
                **({"subclass": each.subclass.value} if each.subclass else {}),
            )
            for each in policy.class_rules
        ],
        "difference_rule": [
            told(each, kinds=values(each.kinds), classes=values(each.verdicts))
            for each in policy.difference_rules
        ],
        "hosetsu_rule": [told(each, numbers=list(each.numbers)) for each in policy.hosetsu_rules],
        "exception": [
            told(each, mj=list(each.mj), classes=values(each.verdicts)) for each in policy.exceptions
        ],
        "outside_rule": [told(each, shrinkable=each.shrinkable) for each in policy.outside_rules],
        "shrink": {"order": list(policy.shrink_order), "rationale": policy.shrink_rationale},
        "second_review": {
            "who": policy.second_review.value,
            "rationale": policy.second_review_rationale,
        },
        "new_gaiji": {
            "applicant": new.applicant,
            "approver": new.approver,
            "approvals": new.approvals,
            "checks": values(new.checks),
            "similar": new.similar.value,
            "unknown": new.unknown.value,
            "hentaigana": new.hentaigana.value,
            "symbol": new.symbol.value,
            "rationale": new.rationale,
        },
    }


def _sorted(data: dict[str, Any]) -> dict[str, Any]:
    """Put in order what is a set; the order of 縮退 bases is one, and stays."""
    for name in ("class_rule", "difference_rule", "hosetsu_rule", "exception", "outside_rule"):
        data[name] = sorted(
            (
                {key: sorted(value) if isinstance(value, list) else value for key, value in rule.items()}
                for rule in data[name]
            ),
            key=lambda rule: str(rule["id"]),
        )
    data["charset"]["system"] = sorted(data["charset"]["system"], key=lambda each: str(each["name"]))
    data["new_gaiji"]["checks"] = sorted(data["new_gaiji"]["checks"])
    return data
