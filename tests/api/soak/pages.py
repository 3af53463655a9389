"""How long the server takes for a list and for a decision page with 100,000 shapes.

    python -m tests.api.soak.pages [--rounds 40] [--database-url URL]

A real ``gaiji serve`` and one person, who asks for one page after the other. Times are the server's own, from
the first byte of the request to the last one of the answer; the processor's time is the server's whole, which
is the fairer number on a busy machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from api.access import sessions
from api.services import Services
from tests.api.soak import town as towns
from tests.api.soak.person import Browser
from tests.api.soak.place import add_arguments, large_town
from tests.api.soak.report import machine, quantiles, tell
from tests.api.soak.server import Program, running, server_times

LIST_MS, DECISION_MS = 300.0, 100.0
"""Promised, for 95 of 100 pages."""

_LISTS = ("", "?states=open", "?sort=confidence", "?sort=code", "?sort=class", "?states=disputed&review=auto",
          "?text=U%2BF80", "?text=%E8%BE%BB", "?kinds=2", "?changed=1")  # fmt: skip
_OK = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 unless ``--strict`` and a promise was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.api.soak.pages", description=__doc__)
    add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=40, help="of each page")
    parser.add_argument("--strict", action="store_true", help="a missed promise is an error")
    asked = parser.parse_args(arguments)
    with large_town(asked) as services:
        return measure(services, asked)


def measure(services: Services, asked: argparse.Namespace) -> int:
    """Ask for pages; tell how long each kind took."""
    town = towns.enter(services, 1, "second")
    cookie = sessions.cookie_name(services.settings)
    browser = Browser(services.settings.port, {"Cookie": f"{cookie}={town.people[0].token}"})
    home, project = f"/m/{towns.CODE}", town.project_id
    decisions = [f"{home}/shapes/{each}?project={project}&states=open&sort=confidence" for each in town.open]
    kinds = {
        "list": ([f"{home}/projects/{project}/shapes{query}" for query in _LISTS], LIST_MS),
        "decision page": (decisions[1 : asked.rounds + 1], DECISION_MS),
    }
    server = Program("serve", services.settings, services.engine_settings, ("--no-worker",))
    facts: dict[str, object] = {}
    wrong: list[str] = []
    noted: dict[str, list[str]] = {}
    with running(server):
        for kind, (addresses, _) in kinds.items():
            for address in addresses[:20]:  # templates are compiled, tables read
                browser.ask("GET", address)
            rounds = max(1, asked.rounds // len(addresses))
            before, count = server.processor_s(), 0
            for address in addresses * rounds:
                answer = browser.ask("GET", address)
                if answer.status != _OK:
                    wrong.append(f"{address}: {answer.status}")
                noted.setdefault(kind, []).append(answer.request_id)
                count += 1
            facts[f"{kind}, processor"] = f"{1000 * (server.processor_s() - before) / count:.1f} ms each"
        browser.close()
    told = server_times(server.log)
    for kind, (_, promised) in kinds.items():
        times = quantiles([told[each] for each in noted[kind] if each in told])
        is_kept = times["p95_ms"] < promised
        facts[kind] = times
        facts[f"{kind}, promised"] = f"p95 < {promised:g} ms: {'kept' if is_kept else 'MISSED'}"
        if asked.strict and not is_kept:
            wrong.append(f"p95 of a {kind} is {times['p95_ms']} ms")
    first = {
        "machine": machine(),
        "database": f"{services.database.url.get_backend_name()}, {asked.shapes:,} shapes",
    }
    return tell("pages", first | facts, wrong, asked.output)


if __name__ == "__main__":
    sys.exit(main())
