"""What a list of shapes shows: one frozen value, in an address and back, and as SQL.

The same filter stands behind the list, the decision page's way from one shape to the next, bulk confirmation
and the JSON API. It says nothing about the municipality: :func:`conditions` is told that by who entered it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from api.domain.standing import State
from api.errors import InvalidError
from api.prototypes.hits import speaks
from api.store.models import Gaiji, Project, ProjectShape, Prototype, PrototypeHit, Shape
from engine.intake.key import KINDS
from engine.result import Review, Subclass, Verdict

TEXT_CHARACTERS = 100
"""Longest text that is looked for."""

NamesOf = Callable[[str], Collection[str]]
"""From a character to the MJ names that are forms of it."""

_MJ_NAME = re.compile(r"[A-Z]{2}[0-9]{6}")
_CODE = re.compile(r"U\+[0-9A-F]{1,6}")
_TRUE, _FALSE = frozenset({"1", "true", "on", "yes"}), frozenset({"0", "false", "off", "no"})
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_FIRST_IDEOGRAPH = 0x2E80
_LARGEST_ID = 2**63 - 1

_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which shapes. Values of one attribute are alternatives; different attributes must all hold.

    Attributes
    ----------
    project : int or None
        A project's id; None for all of the municipality's.
    states : tuple of State
    classes : tuple of Verdict
        Of the machine's suggestion.
    subclasses : tuple of Subclass
        Of the machine's suggestion.
    review : Review or None
        Of the machine's suggestion.
    confidence_min, confidence_max : float or None
        0–1, both inclusive.
    kinds : tuple of str
        Keys of :data:`engine.intake.key.KINDS`: how one of the gaiji was submitted.
    text : str
        An MJ name or a character (what is suggested or settled is that, or a form of it), or a part of a
        gaiji's code, font or file name.
    changed : bool
        Only what was settled otherwise than the machine suggested.
    prototype : bool
        Only what an earlier decision speaks for.

    Raises
    ------
    InvalidError
        A value is out of range; ``details["field"]`` names it.
    """

    project: int | None = None
    states: tuple[State, ...] = ()
    classes: tuple[Verdict, ...] = ()
    subclasses: tuple[Subclass, ...] = ()
    review: Review | None = None
    confidence_min: float | None = None
    confidence_max: float | None = None
    kinds: tuple[str, ...] = ()
    text: str = ""
    changed: bool = False
    prototype: bool = False

    def __post_init__(self) -> None:
        """Check the values, and order them so that equal filters are equal."""
        for name, known in _ALTERNATIVES.items():
            given = getattr(self, name)
            if not set(given) <= set(known):
                raise _invalid(name, f"選べるのは {'・'.join(known)} です。")
            object.__setattr__(self, name, tuple(each for each in known if each in given))
        if self.project is not None and not 1 <= self.project <= _LARGEST_ID:
            raise _invalid("project", "そのようなプロジェクトはありません。")
        for name in ("confidence_min", "confidence_max"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise _invalid(name, "確信度は 0 から 1 までの数で指定してください。")
        low, high = self.confidence_min, self.confidence_max
        if low is not None and high is not None and low > high:
            raise _invalid("confidence_min", "確信度の下限が上限より大きくなっています。")
        object.__setattr__(self, "text", self.text.strip())
        if len(self.text) > TEXT_CHARACTERS:
            raise _invalid("text", f"さがす文字列は {TEXT_CHARACTERS} 字までにしてください。")
        if any(unicodedata.category(each) in _UNPRINTABLE for each in self.text):
            raise _invalid("text", "さがす文字列に、表示できない文字が入っています。取り除いてください。")

    @classmethod
    def from_query(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read the query part of an address; names that are no attribute are not looked at.

        Parameters
        ----------
        pairs : iterable of (name, value)
            Alternatives are repeated names. Empty values count as not given; of a single value that is given
            twice the last one counts.

        Raises
        ------
        InvalidError
            A value makes no sense; ``details["field"]`` names it.
        """
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            if name in _READERS and value.strip():
                given.setdefault(name, []).append(value)
        return cls(**{name: _READERS[name](name, values) for name, values in given.items()})

    def to_query(self) -> list[tuple[str, str]]:
        """Return names and values that :meth:`from_query` reads; nothing for what is not filtered by."""
        pairs: list[tuple[str, str]] = []
        for each in fields(self):
            value = getattr(self, each.name)
            if value == each.default:
                continue
            values: Sequence[Any] = value if isinstance(value, tuple) else (value,)
            pairs += [(each.name, "1" if one is True else str(one)) for one in values]
        return pairs

    @property
    def query(self) -> str:
        """The query part of an address, without ``?``."""
        return urlencode(self.to_query())

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Undo :meth:`to_mapping`."""
        return cls.from_query((name, one) for name, many in values.items() for one in many)

    def to_mapping(self) -> dict[str, list[str]]:
        """Return values by name, for a JSON column."""
        found: dict[str, list[str]] = {}
        for name, value in self.to_query():
            found.setdefault(name, []).append(value)
        return found


def conditions(
    filter: Filter, *, municipality_id: int, names_of: NamesOf | None = None, held: bool = True
) -> list[ColumnElement[bool]]:
    """Return what must hold of ``shape``, all of it.

    Parameters
    ----------
    filter : Filter
    municipality_id : int
        The one that was entered.
    names_of : callable, optional
        Looks a character up; without it a character is looked for as any other text.
    held : bool
        Whether being in ``filter.project`` is among the conditions; without it the query joins
        ``project_shape`` itself.
    """
    found: list[ColumnElement[bool]] = [Shape.municipality_id == municipality_id]
    for column, values in (
        (Shape.state, filter.states),
        (Shape.machine_class, filter.classes),
        (Shape.machine_subclass, filter.subclasses),
    ):
        if values:
            found.append(column.in_([each.value for each in values]))
    if filter.review is not None:
        found.append(Shape.review == filter.review.value)
    if filter.confidence_min is not None:
        found.append(Shape.confidence >= filter.confidence_min)
    if filter.confidence_max is not None:
        found.append(Shape.confidence <= filter.confidence_max)
    if filter.changed:
        found += [
            Shape.state == State.SETTLED.value,
            or_(
                Shape.final_class != Shape.machine_class,
                Shape.final_subclass != Shape.machine_subclass,
                Shape.final_mj != Shape.machine_mj,
            ),
        ]
    if filter.text:
        found.append(_text(filter, municipality_id, names_of))
    if filter.kinds:
        found.append(Shape.id.in_(_gaiji(filter, municipality_id, Gaiji.kind.in_(filter.kinds))))
    if filter.prototype:
        found.append(
            exists(
                select(PrototypeHit.id)
                .join(Prototype, Prototype.id == PrototypeHit.prototype_id)
                .where(PrototypeHit.shape_id == Shape.id, speaks(municipality_id))
                .correlate(Shape)
            )
        )
    if filter.project is not None and held:
        # Last, and not a join: SQLite would begin with the project and fetch each shape with its picture.
        found.append(
            exists(
                select(ProjectShape.shape_id)
                .where(ProjectShape.project_id == filter.project, ProjectShape.shape_id == Shape.id)
                .correlate(Shape)
            )
        )
    return found


def _text(filter: Filter, municipality_id: int, names_of: NamesOf | None) -> ColumnElement[bool]:
    """An MJ name, a character, a code, or a part of what gaiji are called."""
    plain = unicodedata.normalize("NFKC", filter.text)
    upper = plain.upper()
    if _MJ_NAME.fullmatch(upper):
        return or_(Shape.machine_mj == upper, Shape.final_mj == upper)
    if names_of is not None and _is_character(filter.text):
        names = sorted(names_of(filter.text))
        return or_(Shape.machine_mj.in_(names), Shape.final_mj.in_(names)) if names else false()
    if _CODE.fullmatch(upper):
        projects = select(Project.id).where(Project.municipality_id == municipality_id)
        if filter.project is not None:
            projects = projects.where(Project.id == filter.project)
        return Shape.id.in_(
            select(Gaiji.shape_id)
            .where(Gaiji.project_id.in_(projects), Gaiji.shape_id.is_not(None), _begins(Gaiji.code, upper))
            .correlate(None)
        )
    wanted = plain if plain.isascii() else filter.text
    called = [_holds(column, wanted) for column in (Gaiji.source, Gaiji.font, Gaiji.code)]
    return Shape.id.in_(_gaiji(filter, municipality_id, or_(*called)))


def _gaiji(filter: Filter, municipality_id: int, condition: ColumnElement[bool]) -> Any:
    """Select the shapes of some gaiji: of the project, where one is asked for."""
    where = [Gaiji.municipality_id == municipality_id, Gaiji.shape_id.is_not(None), condition]
    if filter.project is not None:
        # Of the project's index no use is made: in its order the rows are all over the table, and reading a
        # municipality's in the order in which they lie is three times as fast.
        where.append(Gaiji.project_id + 0 == filter.project)
    return select(Gaiji.shape_id).where(*where).correlate(None)


def _begins(column: InstrumentedAttribute[str], start: str) -> ColumnElement[bool]:
    """A code that begins so, found in the index: behind it come hexadecimal digits, so it ends before G."""
    return and_(column >= start, column < start + "G")


def _holds(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    cased = text.lower() != text.upper()
    return (func.lower(column) if cased else column).like(f"%{_escaped(text.lower())}%", escape="\\")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _is_character(text: str) -> bool:
    """Whether a text is one character, perhaps with a variation selector."""
    return (
        bool(text)
        and ord(text[0]) >= _FIRST_IDEOGRAPH
        and unicodedata.category(text[0]) != "Co"
        and all(map(_is_selector, text[1:]))
    )


def _is_selector(character: str) -> bool:
    return 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF


def _one_of(kind: type[_Word]) -> Callable[[str, list[str]], tuple[_Word, ...]]:
    def read(name: str, values: list[str]) -> tuple[_Word, ...]:
        try:
            return tuple(kind(value.strip()) for value in values)
        except ValueError:
            raise _invalid(name, f"選べるのは {'・'.join(kind)} です。") from None

    return read


def _whole(name: str, values: list[str]) -> int:
    text = values[-1].strip()
    if not re.fullmatch(r"[0-9]{1,19}", text):
        raise _invalid(name, "番号は数字で指定してください。")
    return int(text)


def _share(name: str, values: list[str]) -> float:
    try:
        return float(values[-1])
    except ValueError:
        raise _invalid(name, "確信度は 0 から 1 までの数で指定してください。") from None


def _yes(name: str, values: list[str]) -> bool:
    text = values[-1].strip().lower()
    if text in _TRUE | _FALSE:
        return text in _TRUE
    raise _invalid(name, "1（はい）か 0（いいえ）で指定してください。")


_ALTERNATIVES: Mapping[str, Sequence[str]] = {
    "states": tuple(State),
    "classes": tuple(Verdict),
    "subclasses": tuple(Subclass),
    "kinds": tuple(KINDS),
}

_READERS: Mapping[str, Callable[[str, list[str]], Any]] = {
    "project": _whole,
    "states": _one_of(State),
    "classes": _one_of(Verdict),
    "subclasses": _one_of(Subclass),
    "review": lambda name, values: _one_of(Review)(name, values[-1:])[0],
    "confidence_min": _share,
    "confidence_max": _share,
    "kinds": lambda _name, values: tuple(value.strip() for value in values),
    "text": lambda _name, values: values[-1],
    "changed": _yes,
    "prototype": _yes,
}


def _invalid(field: str, message: str) -> InvalidError:
    return InvalidError(message, {"field": field})
