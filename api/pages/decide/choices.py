"""The candidates that a person chooses from: pictures, chances, differences, codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pictures.character import Character
from api.pictures.explanations import LAID, StoredExplanation, picture_name
from api.pictures.reference import Reference
from engine.explain.explanation import percent

PICTURE_PX = 256
"""Side of the large pictures, and of those that are laid over each other."""
THUMB_PX = 64
KEYS = "123456789"
"""Keys of the candidates, in their order."""

_WORDS = (
    (0.8, "同じ字形とみられる"),
    (0.5, "同じ字形らしい"),
    (0.2, "どちらともいえない"),
    (0.0, "違う字形らしい"),
)
"""Probability of one form from which on it is said so."""
_NOT_COMPARED: Mapping[str, Any] = {"chance": "細かくは比べていない", "share": "", "similarity": None}


@dataclass(frozen=True, slots=True)
class Choice:
    """One candidate as the page shows it.

    Attributes
    ----------
    id : str
        Of the element: ``c1``, ``n1``, ``f1``.
    key : str
        That chooses it; empty for none.
    mj : str
        What choosing it names; empty for nothing.
    title : str
        MJ name, or what stands in its place.
    text : str
        The character itself, for reading aloud and copying; its code where screens have no font for it.
    character : Character or None
    chance : str
        Probability that it is one form with the gaiji, in words with its number.
    share : str
        The number alone, for the tile; empty where it was not compared.
    similarity : float or None
        Of the descriptions, 1 at most.
    marks : tuple of str
        Role and relation: ``同定した文字``, ``同じ図形``, …
    preface : str
        What to read before the differences, or instead of them.
    differences : sequence of mapping
        Of the explanation's document.
    thumb, picture, plain, over_plain : str
        Addresses: small; large; normalised; laid over the gaiji with only the size made equal.
    laid, over_laid : str
        The same with the parts moved to the gaiji's, as the comparison did; empty where there was none.
    """

    id: str
    key: str
    mj: str
    title: str
    text: str
    character: Character | None
    chance: str
    share: str
    similarity: float | None
    marks: tuple[str, ...]
    preface: str
    differences: Sequence[Mapping[str, Any]]
    thumb: str
    picture: str
    plain: str
    over_plain: str
    laid: str
    over_laid: str


@dataclass(frozen=True, slots=True)
class Chooser:
    """Makes choices for one shape.

    Attributes
    ----------
    shape_url : str
        ``/m/131016/shapes/5``.
    reference : Reference
    explanation : StoredExplanation or None
    """

    shape_url: str
    reference: Reference
    explanation: StoredExplanation | None

    def candidates(self, names: Iterable[str]) -> list[Choice]:
        """Make the numbered candidates, and one that names nothing, which always stands last."""
        found = [
            self.choice(f"c{key}", mj, key=key)
            for key, mj in zip(KEYS, (mj for mj in names if mj in self.reference.table), strict=False)
        ]
        return [*found, self._nothing()]

    def others(self, prefix: str, names: Iterable[str]) -> list[Choice]:
        """Make choices without a key, of the names that the set has."""
        known = (mj for mj in dict.fromkeys(names) if mj in self.reference.table)
        return [self.choice(f"{prefix}{number}", mj) for number, mj in enumerate(known, 1)]

    def choice(self, identity: str, mj: str, *, key: str = "") -> Choice:
        """Make the choice of one MJ name of the set."""
        character = self.reference.character(mj)
        told = self._compared().get(mj)
        version = f"&v={self.reference.version}"
        laid = self._picture(mj + LAID) if told else ""
        return Choice(
            id=identity,
            key=key,
            mj=mj,
            title=mj,
            text=character.shown if character else "",
            character=character,
            **_likeness(told),
            marks=_marks(told),
            preface=str(told["preface"]) if told else "細かくは比べていません。図を見比べてください。",
            differences=told["differences"] if told else (),
            thumb=f"/mj/{mj}.png?size={THUMB_PX}{version}",
            picture=f"/mj/{mj}.png?size={PICTURE_PX}{version}",
            plain=f"/mj/{mj}.png?size={PICTURE_PX}&frame=normal{version}",
            over_plain=f"{self.shape_url}/over/{mj}.png?size={PICTURE_PX}",
            laid=laid,
            over_laid=laid.replace(".laid.png", ".laid.over.png"),
        )

    def _nothing(self) -> Choice:
        """Make the choice of no MJ, with the sign that the gaiji looks like, where there is one."""
        sign = next((each for name, each in self._compared().items() if len(name) == 1), None)
        name = picture_name(sign["name"]) if sign else ""
        plain, laid = (self._picture(name), self._picture(name + LAID)) if sign else ("", "")
        return Choice(
            id="c0",
            key="0",
            mj="",
            title="MJ なし",
            text=str(sign["label"]) if sign else "",
            character=None,
            **(_likeness(sign) if sign else {**_NOT_COMPARED, "chance": "どの MJ にも当てはまらない"}),
            marks=_marks(sign),
            preface=str(sign["preface"]) if sign else "近い仮名や記号は見つかっていません。",
            differences=sign["differences"] if sign else (),
            thumb=plain.replace(f"={PICTURE_PX}", f"={THUMB_PX}"),
            picture=plain,
            plain=plain,
            over_plain=plain.replace(".png", ".over.png"),
            laid=laid,
            over_laid=laid.replace(".laid.png", ".laid.over.png"),
        )

    def _compared(self) -> dict[str, Mapping[str, Any]]:
        if self.explanation is None:
            return {}
        found: dict[str, Mapping[str, Any]] = {}
        for each in self.explanation.document["compared"]:
            found.setdefault(each["name"], each)  # a sign has several drawings; the best one comes first
        return found

    def _picture(self, name: str) -> str:
        if self.explanation is None:
            return ""
        return f"{self.shape_url}/explanation/{self.explanation.id}/{name}.png?size={PICTURE_PX}"


def _likeness(told: Mapping[str, Any] | None) -> dict[str, Any]:
    if told is None:
        return dict(_NOT_COMPARED)
    share = float(told["probability"])
    word = next(word for least, word in _WORDS if share >= least)
    number = percent(share)
    return {"chance": f"{word}（{number}）", "share": number, "similarity": float(told["similarity"])}


def _marks(told: Mapping[str, Any] | None) -> tuple[str, ...]:
    if told is None:
        return ()
    role = str(told.get("role_title", ""))
    tied = "同じ図形" if told["tied"] and told["role"] != "decided" else ""
    sibling = "同じ文字の別の字形" if told["sibling"] and "別の字形" not in role else ""
    outside = "" if told["offered"] else "指定の範囲の外"
    return tuple(filter(None, (role, tied, sibling, outside)))
