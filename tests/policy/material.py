"""Policies and rows made up by hypothesis, within what the schema allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from engine.difference import DifferenceKind
from engine.policy.action import Action, NewGaiji, NewGaijiCheck, SecondReview
from engine.policy.policy import (
    ClassRule,
    DifferenceRule,
    ExceptionRule,
    HosetsuRule,
    NewGaijiRules,
    OutsideRule,
    Policy,
    SystemCharset,
)
from engine.result import Identification, Review, Subclass, Verdict

MJ = ("MJ000001", "MJ008095", "MJ014255", "MJ026190", "MJ058862", "MJ090003")
"""Some that the reference set has."""
UNKNOWN_MJ = "MJ999999"
NUMBERS = ("U001", "U082", "U128")
SYSTEMS = ("", "住民記録", "戸籍", "住基ネット", "名簿")
CHARSETS = ("mj", "juki", "koseki", "jisx0213")
BASES = ("jis-ucs", "koseki-seiji", "min2-5202", "jisho", "ruisui")

WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(
    lambda text: text.strip() != ""
)
_SHORT = st.just("例")
_CLASSES = [(v, None) for v in Verdict if v is not Verdict.UNIDENTIFIED]
_CLASSES += [(Verdict.UNIDENTIFIED, each) for each in Subclass]
_SOME_VERDICTS = st.lists(
    st.sampled_from([Verdict.DESIGN, Verdict.SIMILAR]), min_size=1, max_size=2, unique=True
)


@st.composite
def policies(draw, texts=_SHORT) -> Policy:
    """With ``texts`` for everything that is only read by people."""

    def acting(rule):
        return replace(rule, action=draw(st.sampled_from(rule.allowed)))

    words = lambda: draw(texts)  # noqa: E731
    kinds = draw(st.permutations(list(DifferenceKind)))
    numbers = draw(st.permutations(NUMBERS))
    names = draw(st.permutations(MJ))
    cut = draw(st.integers(0, 3))
    difference_rules = [
        DifferenceRule(
            f"D{at}", Action.KEEP, words(), tuple(kinds[5 * at : 5 * at + 4]), tuple(draw(_SOME_VERDICTS))
        )
        for at in range(cut)
    ]
    hosetsu_rules = [
        HosetsuRule(f"H{at}", Action.KEEP, words(), (number,)) for at, number in enumerate(numbers[: cut - 1])
    ]
    if draw(st.booleans()):
        hosetsu_rules.append(HosetsuRule("Hany", Action.KEEP, words(), ()))
    exceptions = [
        ExceptionRule(f"X{at}", Action.KEEP, words(), tuple(names[2 * at : 2 * at + 2]), verdicts)
        for at, verdicts in enumerate(
            draw(
                st.lists(
                    st.sampled_from(
                        [(Verdict.SAME,), (Verdict.SAME, Verdict.DESIGN), (Verdict.SIMILAR, Verdict.SAME)]
                    ),
                    max_size=2,
                )
            )
        )
    ]
    return Policy(
        id="made-up",
        title=words(),
        version=words(),
        adopted=draw(st.none() | st.dates(min_value=date(2000, 1, 1))),
        purpose=words(),
        charset=draw(st.sampled_from(CHARSETS)),
        charset_rationale=words(),
        systems=tuple(
            SystemCharset(name, draw(st.sampled_from(CHARSETS)), words())
            for name in draw(st.lists(st.sampled_from(SYSTEMS[1:]), max_size=3, unique=True))
        ),
        class_rules=tuple(
            acting(ClassRule(f"C{at}", Action.KEEP, words(), *each)) for at, each in enumerate(_CLASSES)
        ),
        difference_rules=tuple(map(acting, difference_rules)),
        hosetsu_rules=tuple(map(acting, hosetsu_rules)),
        exceptions=tuple(map(acting, exceptions)),
        outside_rules=tuple(
            acting(OutsideRule(f"O{at}", Action.KEEP, words(), at == 0)) for at in range(2)
        ),
        shrink_order=tuple(draw(st.lists(st.sampled_from(BASES), unique=True))),
        shrink_rationale=words(),
        second_review=draw(st.sampled_from(SecondReview)),
        second_review_rationale=words(),
        new_gaiji=NewGaijiRules(
            words(), words(), draw(st.sampled_from([1, 2])),
            tuple(draw(st.lists(st.sampled_from(NewGaijiCheck), min_size=1, unique=True))),
            *(draw(st.sampled_from(NewGaiji)) for _ in range(4)), words(),
        ),
    )  # fmt: skip


@st.composite
def rows(draw) -> Identification:
    verdict, subclass = draw(st.sampled_from([*_CLASSES, (None, None)]))
    number = draw(st.integers(0, 10**6))
    same = draw(st.sampled_from(["", "", "前.tte#U+E000"]))
    if verdict is None:
        return Identification(
            f"{number}.png", status="unreadable-image", system=draw(st.sampled_from(SYSTEMS))
        )
    with_mj = verdict is not Verdict.UNIDENTIFIED or subclass is Subclass.HENTAIGANA
    evidence = ["R1", *draw(st.lists(st.sampled_from([f"tie:{MJ[0]}", f"near:{MJ[1]}"]), unique=True))]
    if verdict is Verdict.SIMILAR:
        evidence += [
            f"hosetsu:{each}"
            for each in draw(st.lists(st.sampled_from((*NUMBERS, "U199")), max_size=2, unique=True))
        ]
    if verdict in (Verdict.SIMILAR, Verdict.DESIGN):
        evidence += [
            f"diff:{each}"
            for each in draw(st.lists(st.sampled_from(DifferenceKind), max_size=3, unique=True))
        ]
    if subclass is Subclass.SYMBOL and draw(st.booleans()):
        evidence.append("char:U+3231")
    return Identification(
        f"{number}.png", draw(st.sampled_from(["", "U+E001"])), verdict, subclass,
        draw(st.sampled_from((*MJ, UNKNOWN_MJ))) if with_mj else "", 0.9,
        draw(st.sampled_from(Review)), evidence=tuple(evidence), system=draw(st.sampled_from(SYSTEMS)),
        municipality=draw(st.sampled_from(["131016", "011002"])), kind=draw(st.sampled_from(["", "1", "2"])),
        same_as=same,
    )  # fmt: skip
