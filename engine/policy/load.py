"""Reads a policy from TOML or plain values, and says in Japanese where it is wrong."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.difference import DifferenceKind
from engine.errors import GaijiError
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
from engine.result import Subclass, Verdict

if TYPE_CHECKING:
    from engine.reference.table import MojiTable

SCHEMA_PATH = Path(__file__).with_name("policy.schema.json")
POLICIES_FOLDER = Path(__file__).with_name("policies")

MAX_BYTES = 2_000_000
"""A policy with twenty thousand exceptions has a tenth of it."""
_MOST_PROBLEMS = 20

_Step = str | int
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\s]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*=""")

_KINDS = {"string": "文字列", "array": "配列", "object": "表", "boolean": "true か false"}
_BOUNDS = {
    "enum": "{value} は使えません。{choices} のどれかにしてください。",
    "const": "{value} は使えません。{choices} にしてください。",
    "type": "{kind}にしてください（書かれている値: {value}）。",
    "minItems": "{wanted} 個以上書いてください（今は {count} 個）。",
    "maxItems": "{wanted} 個まで書けます（今は {count} 個）。",
    "uniqueItems": "同じものが二つ以上あります。一つにしてください。",
    "minLength": "空です。書いてください。",
    "pattern": "空です。書いてください。",
    "maxLength": "長すぎます。{wanted} 字までにしてください。",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a policy.

    Attributes
    ----------
    where : str
        ``class_rule 2 番目（C3）の action``; empty for the whole.
    message : str
        Japanese: what to change.
    line : int or None
        Of the file, from 1; None where the values came from elsewhere.
    """

    where: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        """Everything in one line."""
        place = "、".join(part for part in (f"{self.line} 行目" if self.line else "", self.where) if part)
        return f"{place}: {self.message}" if place else self.message


class PolicyError(GaijiError):
    """A policy is not well formed.

    Attributes
    ----------
    problems : tuple of Problem
    """

    code = "policy"

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = "／".join(str(each) for each in self.problems[:3])
        more = f"／ほか {len(problems) - 3} 件" if len(problems) > 3 else ""
        super().__init__(f"文字運用ポリシー {name} に誤りがあります。{shown}{more}")


def starting_policies() -> tuple[str, ...]:
    """Return the names of the policies that ship with the program."""
    return tuple(sorted(path.stem for path in POLICIES_FOLDER.glob("*.toml")))


def load_policy(source: Path | str) -> Policy:
    """Read a policy.

    Parameters
    ----------
    source : Path or str
        A TOML file; a text without a suffix and a folder may be the name of a starting policy (``standard``).

    Raises
    ------
    PolicyError
        The file cannot be read, or is not well formed; it holds every problem that was found.
    """
    path = Path(source)
    if str(source) in starting_policies() and not path.exists():
        path = POLICIES_FOLDER / f"{source}.toml"
    return parse_policy(_read(path), path.name)


def parse_policy(text: str, name: str = "（入力）") -> Policy:
    """Read a policy from the text of a TOML file.

    Parameters
    ----------
    text : str
    name : str
        For messages.

    Raises
    ------
    PolicyError
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(name, [_syntax(error)]) from error
    except RecursionError:
        raise PolicyError(name, [Problem("", "入れ子が深すぎます。")]) from None
    problems = validate(data, text)
    if problems:
        raise PolicyError(name, problems)
    return _policy(_plain(data))


def from_data(data: Mapping[str, Any], name: str = "（入力）") -> Policy:
    """Build a policy from plain values, as :func:`engine.policy.policy.as_data` gives them (or JSON).

    Raises
    ------
    PolicyError
    """
    problems = validate(data)
    if problems:
        raise PolicyError(name, problems)
    return _policy(_plain(data))


def validate(data: Mapping[str, Any], text: str = "") -> list[Problem]:
    """Return what is wrong with plain values; nothing where they are a policy.

    Parameters
    ----------
    data : mapping
        In the shape of the JSON schema; dates may be dates.
    text : str
        The file that they came from, for line numbers.
    """
    import jsonschema  # type: ignore[import-untyped]

    places = _Places(text)
    plain = _plain(data)
    try:
        json.dumps(plain, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, TypeError, RecursionError):
        return [Problem("", "文字として書けない値があります。入力し直してください。")]
    checker = jsonschema.Draft202012Validator(_schema())
    found: dict[tuple[str, str], Problem] = {}
    for error in sorted(checker.iter_errors(plain), key=lambda error: _order(error.absolute_path)):
        path = tuple(error.absolute_path)
        for step, message in _in_words(error):
            at = (*path, step) if step else path
            problem = Problem(_where(plain, at), message, places.line(at))
            found.setdefault((problem.where, message), problem)
        if len(found) >= _MOST_PROBLEMS:
            break
    if found:
        return list(found.values())
    return [
        Problem(_where(plain, path), message, places.line(path)) for path, message in _contradictions(plain)
    ]


def validate_against(policy: Policy, table: MojiTable) -> list[Problem]:
    """Return what a policy names that a reference set does not have.

    Parameters
    ----------
    policy : Policy
    table : MojiTable
        Of the reference set.
    """
    problems = []
    for rule in policy.exceptions:
        unknown = [mj for mj in rule.mj if mj not in table]
        if unknown:
            shown = "・".join(unknown[:5]) + (f" など {len(unknown)} 字" if len(unknown) > 5 else "")
            problems.append(
                Problem(f"例外 {rule.id}", f"参照セット {table.refset.id} にない MJ です: {shown}")
            )
    known = [basis.id for basis in table.refset.shrink_bases]
    unknown = [basis for basis in policy.shrink_order if basis not in known]
    if unknown:
        problems.append(
            Problem(
                "shrink の order",
                f"縮退の根拠 {'・'.join(unknown)} は参照セットにありません。"
                f"あるのは {'・'.join(known) or 'なし'} です。",
            )
        )
    return problems


@functools.cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return found


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise PolicyError(path.name, [Problem("", f"大きすぎます（{MAX_BYTES // 1_000_000} MB まで）。")])
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise PolicyError(path.name, [Problem("", "UTF-8 で保存してください。")]) from None
    except OSError as error:
        names = "・".join(starting_policies())
        reason = error.strerror or type(error).__name__
        message = f"開けません（{reason}）。ファイルか、{names} のどれかを指定してください。"
        raise PolicyError(path.name, [Problem("", message)]) from None


def _syntax(error: tomllib.TOMLDecodeError) -> Problem:
    at = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    what = str(error).partition(" (at ")[0]
    line = int(at[1]) if at else None
    return Problem("", f"TOML として読めません（{what}）。記号と引用符を確かめてください。", line)


def _plain(value: Any) -> Any:
    """Return values with dates as text, so that the schema sees what JSON would hold."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def _order(path: Iterable[_Step]) -> tuple[tuple[bool, str, int], ...]:
    return tuple((isinstance(s, int), str(s), s if isinstance(s, int) else 0) for s in path)


def _in_words(error: Any) -> Iterator[tuple[str, str]]:
    """Yield the key that is meant beside the error's place, and what to change."""
    said = error.schema.get("x-message") if isinstance(error.schema, Mapping) else None
    value, wanted = error.instance, error.validator_value
    match error.validator:
        case "required":
            for key in wanted:
                if key not in value:
                    yield "", f"「{key}」がありません。書き加えてください。"
        case "additionalProperties":
            known = "・".join(error.schema.get("properties", {}))
            for key in sorted(set(value) - set(error.schema.get("properties", {}))):
                yield key, f"「{key}」という項目はありません。書けるのは {known} です。"
        case _ if said:
            yield "", f"{said}（書かれている値: {_shown(value)}）。"
        case _:
            yield "", _bound_in_words(error.validator, wanted, value)


def _bound_in_words(validator: str, wanted: Any, value: Any) -> str:
    choices = "・".join(map(str, wanted if isinstance(wanted, list) else [wanted]))
    return _BOUNDS.get(validator, "書式に合いません（{value}）。").format(
        wanted=wanted,
        kind=_KINDS.get(str(wanted), wanted),
        choices=choices,
        count=len(value) if isinstance(value, list) else 0,
        value=_shown(value),
    )


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _where(data: Any, path: Sequence[_Step]) -> str:
    """Return a place in words: ``class_rule 2 番目（C3）の action``."""
    words: list[str] = []
    value = data
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
            name = value.get("id") or value.get("name") if isinstance(value, Mapping) else None
            words[-1:] = [f"{words[-1] if words else ''} {step + 1} 番目" + (f"（{name}）" if name else "")]
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
            words.append(step)
    return " の ".join(words)


class _Places:
    """Lines of a TOML file by path: of the key, else of the table that it is in."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[_Step, ...], int] = {}
        counts: Counter[str] = Counter()
        table: tuple[_Step, ...] = ()
        for number, line in enumerate(text.split("\n") if text else (), 1):
            header = _HEADER.match(line)
            if header:
                name = re.sub(r"\s", "", header[2])
                table = tuple(name.split("."))
                if header[1] == "[[":
                    table = (*table, counts[name])
                    counts[name] += 1
                self._lines.setdefault(table, number)
                continue
            key = _KEY.match(line)
            if key:
                self._lines.setdefault((*table, key[1] or key[2] or key[3]), number)

    def line(self, path: Sequence[_Step]) -> int | None:
        """Return the line of the nearest thing that is known, from the path upwards."""
        at = tuple(path)
        while at:
            if at in self._lines:
                return self._lines[at]
            at = at[:-1]
        return None


def _contradictions(data: dict[str, Any]) -> Iterator[tuple[tuple[_Step, ...], str]]:
    """Yield what a schema cannot see, with its place."""
    sections = ("class_rule", "difference_rule", "hosetsu_rule", "exception", "outside_rule")
    yield from _twice(
        (
            ((section, at, "id"), f"番号 {rule['id']}", rule["id"])
            for section, at, rule in _rules(data, sections)
        ),
    )
    classes = [(rule["class"], rule.get("subclass")) for rule in data["class_rule"]]
    wanted: list[tuple[str, str | None]] = [(v.value, None) for v in Verdict if v is not Verdict.UNIDENTIFIED]
    wanted += [(Verdict.UNIDENTIFIED.value, each.value) for each in Subclass]
    for verdict, subclass in wanted:
        if (verdict, subclass) not in classes:
            yield ("class_rule",), f"{verdict}{f'（{subclass}）' if subclass else ''}の規則がありません。"
    yield from _twice(
        (
            (("class_rule", at), f"{v}{f'（{s}）' if s else ''}の規則", (v, s))
            for at, (v, s) in enumerate(classes)
        ),
    )
    yield from _twice(
        (("charset", "system", at, "name"), f"業務システム「{each['name']}」", each["name"].strip())
        for at, each in enumerate(data["charset"].get("system", ()))
    )
    yield from _twice(
        ((section, at, "kinds"), f"{verdict}の違い {kind}", (kind, verdict))
        for section, at, rule in _rules(data, ("difference_rule",))
        for kind in rule["kinds"]
        for verdict in rule["classes"]
    )
    yield from _twice(
        ((section, at, "numbers"), f"包摂規準 {number}" if number else "番号のない包摂規準の規則", number)
        for section, at, rule in _rules(data, ("hosetsu_rule",))
        for number in rule["numbers"] or [""]
    )
    yield from _twice(
        ((section, at, "mj"), f"{mj}（{verdict}）の例外", (mj, verdict))
        for section, at, rule in _rules(data, ("exception",))
        for mj in rule["mj"]
        for verdict in rule["classes"]
    )
    yield from _twice(
        (
            (section, at, "shrinkable"),
            f"shrinkable = {str(rule['shrinkable']).lower()} の規則",
            rule["shrinkable"],
        )
        for section, at, rule in _rules(data, ("outside_rule",))
    )
    if "adopted" in data:
        try:
            date.fromisoformat(data["adopted"])
        except ValueError:
            yield ("adopted",), f"「{data['adopted']}」という日はありません。"


def _rules(data: dict[str, Any], sections: Iterable[str]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for section in sections:
        for at, rule in enumerate(data.get(section, ())):
            yield section, at, rule


def _twice(
    named: Iterable[tuple[tuple[_Step, ...], str, Any]],
) -> Iterator[tuple[tuple[_Step, ...], str]]:
    seen: set[Any] = set()
    for path, name, value in named:
        if value in seen:
            yield path, f"{name}が二つあります。一つにしてください。"
        seen.add(value)


def _policy(data: dict[str, Any]) -> Policy:
    def head(rule: Mapping[str, Any]) -> tuple[str, Action, str]:
        return rule["id"], Action(rule["action"]), rule["rationale"]

    def verdicts(rule: Mapping[str, Any]) -> tuple[Verdict, ...]:
        return tuple(map(Verdict, rule["classes"]))

    charset, new = data["charset"], data["new_gaiji"]
    return Policy(
        id=data["id"],
        title=data["title"],
        version=data["version"],
        adopted=date.fromisoformat(data["adopted"]) if "adopted" in data else None,
        purpose=data["purpose"],
        charset=charset["default"],
        charset_rationale=charset["rationale"],
        systems=tuple(
            SystemCharset(each["name"].strip(), each["charset"], each["rationale"])
            for each in charset.get("system", ())
        ),
        class_rules=tuple(
            ClassRule(
                *head(rule),
                Verdict(rule["class"]),
                Subclass(rule["subclass"]) if "subclass" in rule else None,
            )
            for rule in data["class_rule"]
        ),
        difference_rules=tuple(
            DifferenceRule(*head(rule), tuple(map(DifferenceKind, rule["kinds"])), verdicts(rule))
            for rule in data.get("difference_rule", ())
        ),
        hosetsu_rules=tuple(
            HosetsuRule(*head(rule), tuple(rule["numbers"])) for rule in data.get("hosetsu_rule", ())
        ),
        exceptions=tuple(
            ExceptionRule(*head(rule), tuple(rule["mj"]), verdicts(rule))
            for rule in data.get("exception", ())
        ),
        outside_rules=tuple(OutsideRule(*head(rule), rule["shrinkable"]) for rule in data["outside_rule"]),
        shrink_order=tuple(data["shrink"]["order"]),
        shrink_rationale=data["shrink"]["rationale"],
        second_review=SecondReview(data["second_review"]["who"]),
        second_review_rationale=data["second_review"]["rationale"],
        new_gaiji=NewGaijiRules(
            applicant=new["applicant"],
            approver=new["approver"],
            approvals=new["approvals"],
            checks=tuple(map(NewGaijiCheck, new["checks"])),
            similar=NewGaiji(new["similar"]),
            unknown=NewGaiji(new["unknown"]),
            hentaigana=NewGaiji(new["hentaigana"]),
            symbol=NewGaiji(new["symbol"]),
            rationale=new["rationale"],
        ),
    )
