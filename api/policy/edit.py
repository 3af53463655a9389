"""A policy as form fields, and back: what was typed into the values that the engine checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.policy.load import Problem
from engine.policy.policy import Policy, as_data

Fields = Mapping[str, Sequence[str]]
"""Values by field name, as a form sends them."""

SECTIONS = ("class_rule", "difference_rule", "hosetsu_rule", "outside_rule")
"""Rules whose action and rationale a form changes; what they are about is for the TOML."""
NEW_SYSTEMS = 2
"""Empty lines for further systems."""
MOST_SYSTEMS = 100
_NEW = ("applicant", "approver", "similar", "unknown", "hentaigana", "symbol", "rationale")


def edited(policy: Policy, fields: Fields) -> dict[str, Any]:
    """Return the values of a policy with what was typed; nothing is checked here.

    Parameters
    ----------
    policy : Policy
        As it is.
    fields : mapping
        ``title``; ``rule.C1.action``; ``system.0.name``; ``shrink.jis-ucs`` (place in the order, 0 for none);
        ``exception.X1.mj`` (names apart by spaces; empty takes the exception out), ``exception.new.…``.
        What is not sent stays as it is.
    """
    data = as_data(policy)
    data.pop("adopted", None)

    def one(name: str, otherwise: Any = "") -> Any:
        values = fields.get(name)
        return str(values[0]).replace("\r\n", "\n").strip() if values else otherwise

    for name in ("title", "version", "purpose"):
        data[name] = one(name, data[name])
    for name in ("default", "rationale"):
        data["charset"][name] = one(f"charset.{name}", data["charset"][name])
    if "systems" in fields:
        data["charset"]["system"] = [
            {
                "name": one(f"system.{at}.name"),
                "charset": one(f"system.{at}.charset"),
                "rationale": one(f"system.{at}.rationale"),
            }
            for at in range(MOST_SYSTEMS)
            if one(f"system.{at}.name")
        ]
    for section in SECTIONS:
        for rule in data[section]:
            for name in ("action", "rationale"):
                rule[name] = one(f"rule.{rule['id']}.{name}", rule[name])
    data["exception"] = _exceptions(policy, data["exception"], fields)
    for name in ("who", "rationale"):
        data["second_review"][name] = one(f"second_review.{name}", data["second_review"][name])
    placed = {name.removeprefix("shrink."): one(name) for name in fields if name.startswith("shrink.")}
    placed.pop("rationale", None)
    if placed:
        chosen = [
            (int(value), at, basis) for at, (basis, value) in enumerate(placed.items()) if _is_place(value)
        ]
        data["shrink"]["order"] = [basis for place, _, basis in sorted(chosen) if place]
    data["shrink"]["rationale"] = one("shrink.rationale", data["shrink"]["rationale"])
    new = data["new_gaiji"]
    for name in _NEW:
        new[name] = one(f"new_gaiji.{name}", new[name])
    approvals = one("new_gaiji.approvals", str(new["approvals"]))
    new["approvals"] = int(approvals) if approvals in ("1", "2") else approvals
    if "new_gaiji" in fields:
        new["checks"] = list(fields.get("new_gaiji.checks", ()))
    return data


def _exceptions(policy: Policy, rules: list[dict[str, Any]], fields: Fields) -> list[dict[str, Any]]:
    kept = {rule["id"]: rule for rule in rules}
    for name in fields:  # also one that was refused a moment ago, and is sent again with its number
        if name.startswith("exception.") and name.endswith(".mj") and name != "exception.new.mj":
            identifier = name.removeprefix("exception.").removesuffix(".mj")
            kept.setdefault(identifier, {"id": identifier})
    if _typed(fields, "exception.new.mj"):
        identifier = _typed(fields, "exception.new.id") or _free_id(policy, kept)
        fields = {**fields, **_as_sent(fields, identifier)}
        kept[identifier] = {"id": identifier}
    return [changed for rule in kept.values() if (changed := _exception(rule, fields))]


def _typed(fields: Fields, name: str) -> str:
    return str((fields.get(name) or [""])[0]).strip()


def _free_id(policy: Policy, taken: Mapping[str, Any]) -> str:
    used = {rule.id for rule in policy.rules} | set(taken)
    return next(each for each in (f"X{number}" for number in range(1, len(used) + 2)) if each not in used)


def _as_sent(fields: Fields, identifier: str) -> dict[str, Sequence[str]]:
    """Return what was typed for a further exception under the number that it gets."""
    start = "exception.new."
    return {
        f"exception.{identifier}.{name.removeprefix(start)}": values
        for name, values in fields.items()
        if name.startswith(start)
    }


def _exception(rule: dict[str, Any], fields: Fields) -> dict[str, Any] | None:
    key = rule["id"]
    sent = fields.get(f"exception.{key}.mj")
    if sent is None:
        return rule
    names = str(sent[0]).upper().replace("　", " ").replace(",", " ").split()
    if not names:
        return None

    return {
        "id": rule["id"],
        "mj": names,
        "classes": list(fields.get(f"exception.{key}.classes", ())),
        "action": _typed(fields, f"exception.{key}.action"),
        "rationale": _typed(fields, f"exception.{key}.rationale"),
    }


def _is_place(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 4


def by_field(problems: Sequence[Problem], data: Mapping[str, Any]) -> dict[str, str]:
    """Return the first message for each field of the form; what belongs to none is under the empty name."""
    found: dict[str, str] = {}
    for problem in problems:
        found.setdefault(_field(problem.where, data), str(problem))
    return found


def _field(where: str, data: Mapping[str, Any]) -> str:
    """Find the field of a place in words (``class_rule 2 番目（C3） の action``)."""
    parts = [part.strip() for part in where.split(" の ")]
    last = parts[-1]
    if len(parts) == 1 and last in ("title", "version", "purpose"):
        return last
    if parts[0] in ("second_review", "new_gaiji", "shrink") and len(parts) > 1:
        return f"{parts[0]}.{parts[1].partition(' ')[0]}"
    if parts[0] == "charset" and len(parts) > 1:
        head = parts[1].split(" ")
        if head[0] == "system" and len(head) > 1 and head[1].isdigit():
            return f"system.{int(head[1]) - 1}.{last if len(parts) > 2 else 'name'}"
        return f"charset.{last}"
    section, _, rest = parts[0].partition(" ")
    number = rest.partition(" ")[0]
    if section in (*SECTIONS, "exception") and number.isdigit():
        rules = data.get(section, ())
        if int(number) <= len(rules):
            identifier = str(rules[int(number) - 1].get("id", ""))
            prefix = "exception" if section == "exception" else "rule"
            key = last.partition(" ")[0] if len(parts) > 1 else "action"
            return f"{prefix}.{identifier}.{key}"
    return ""
