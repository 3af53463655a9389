"""Twenty people decide at once, in 100,000 shapes: nothing lost, nothing double, and how long each waits.

    python -m tests.api.soak.reviewers [--decisions 200] [--pace 30] [--api] [--database-url URL]

A real ``gaiji serve``; each person has a session and a connection of their own, loads decision pages with
their pictures and sends the form, as the browser does, or (``--api``) works as a program with a token. On
every stretch of the list two people work without knowing of each other: again and again they decide on the
same shape, and one of them must be refused. Without ``--pace`` nobody ever thinks: then the times say how
long twenty people wait for a server that is always asked for more than it can do.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.access import sessions, tokens
from api.domain.rights import Actor, Role
from api.services import Services
from engine.result import Subclass
from tests.api.soak import town as towns
from tests.api.soak.person import Answer, Browser, desk_of
from tests.api.soak.place import add_arguments, large_town
from tests.api.soak.report import machine, quantiles, tell
from tests.api.soak.server import Program, running, server_times
from tests.api.soak.verify import Said, last_ids, wrong_decisions

PROMISED_MS = 200.0
"""95 of 100 decisions take less than this in the server."""

_OK, _REFUSED = frozenset({200, 201, 303}), frozenset({403, 409, 422})
_CONTRARY = 0.1
"""How often somebody contradicts the page."""


@dataclass
class Worked:
    """What one person did: decisions that were acknowledged or not, requests by kind, anything unforeseen."""

    told: list[Said] = field(default_factory=list)
    unsure: list[Said] = field(default_factory=list)
    refused: int = 0
    pictures: int = 0
    requests: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def note(self, kind: str, answer: Answer) -> None:
        """Note a request down."""
        self.requests.setdefault(kind, []).append((answer.request_id, answer.ms))


@dataclass
class Reviewer:
    """One person at work on a stretch of the list."""

    town: towns.Town
    person: towns.Person
    browser: Browser
    stretch: Sequence[int]
    wanted: int
    pace: float
    pictures: bool
    seed: int
    done: Worked = field(default_factory=Worked)

    def work(self, start: threading.Event) -> None:
        """Decide until the number is reached or the stretch ends."""
        start.wait()
        try:
            self._work()
        except Exception as error:  # the report tells of it, whatever it is
            self.done.troubles.append(f"user {self.person.user_id}: {type(error).__name__}: {error}")
        finally:
            self.browser.close()

    def _work(self) -> None:
        chance = random.Random(self.seed)
        state = "open" if self.person.role == "first" else "awaiting-second"
        way = f"?project={self.town.project_id}&states={state}"
        url = f"/m/{towns.CODE}/shapes/{self.stretch[0]}{way}"
        due = time.monotonic() + (chance.uniform(0, self.pace) if self.pace else 0)
        while url and len(self.done.told) < self.wanted:
            page = self.browser.ask("GET", url)
            self.done.note("page", page)
            if page.status != 200:
                raise ValueError(f"{url}: {page.status}")
            desk = desk_of(page.text)
            if self.pictures:
                self.done.pictures += self.browser.load_pictures(page.text)
            if not desk.can_decide:
                url = desk.following
                continue
            if self.pace:
                time.sleep(max(0.0, due - time.monotonic()))
                due = max(due, time.monotonic() - self.pace) + self.pace
            verdict = desk.verdict or "類似"
            if chance.random() < _CONTRARY:
                verdict = "類似" if verdict != "類似" else "デザイン差"
            fields = {
                "version": str(desk.version), "query": desk.query, "verdict": verdict, "mj": desk.mj,
                "reason": "似た字が多い。", "seconds": "1.5",
            }  # fmt: skip
            subclass = verdict if verdict in set(Subclass) else ""
            said = Said(
                self.person.user_id, desk.shape_id, desk.version, "同定不可能" if subclass else verdict,
                subclass, "" if subclass else desk.mj,
            )  # fmt: skip
            try:
                answer = self.browser.send_form(f"/m/{towns.CODE}/shapes/{desk.shape_id}/decisions", fields)
            except (OSError, http.client.HTTPException):
                self.done.unsure.append(said)
                continue
            if answer.status in _OK:
                self.done.note("decision", answer)
                self.done.told.append(said)
                following = answer.text and json.loads(answer.text)["next"]
                url = following if "/shapes/" in following else ""
            elif answer.status in _REFUSED:
                self.done.note("refused decision", answer)
                self.done.refused += 1
                url = desk_of(answer.text).following
            else:
                raise ValueError(f"decision on {desk.shape_id}: {answer.status}")


@dataclass
class Programme(Reviewer):
    """The same by ``/api/v1``: a program of the person's, with a token."""

    def _work(self) -> None:
        chance = random.Random(self.seed)
        base = f"/api/v1/municipalities/{towns.CODE}/shapes"
        due = time.monotonic() + (chance.uniform(0, self.pace) if self.pace else 0)
        for shape_id in self.stretch:
            if len(self.done.told) >= self.wanted:
                return
            page = self.browser.ask("GET", f"{base}/{shape_id}")
            self.done.note("shape", page)
            if page.status != 200:
                raise ValueError(f"shape {shape_id}: {page.status}")
            shape = json.loads(page.text)
            if self.pace:
                time.sleep(max(0.0, due - time.monotonic()))
                due += self.pace
            machine_says = (
                shape["suggestion"]["finding"] if "finding" in shape["suggestion"] else shape["suggestion"]
            )
            mj = machine_says["mj"] or "MJ000001"
            verdict = "類似" if chance.random() < _CONTRARY else "字形一致"
            said = Said(self.person.user_id, shape_id, shape["version"], verdict, "", mj)
            body = {
                "version": shape["version"], "class": verdict, "mj": mj, "reason": "似た字が多い。",
                "project_id": self.town.project_id,
            }  # fmt: skip
            key = f"{self.person.user_id}-{shape_id}-{shape['version']}"
            answer = self.browser.send_json(f"{base}/{shape_id}/decisions", body, **{"Idempotency-Key": key})
            if answer.status in _OK:
                self.done.note("decision", answer)
                self.done.told.append(said)
            elif answer.status in _REFUSED:
                self.done.note("refused decision", answer)
                self.done.refused += 1
            else:
                raise ValueError(f"decision on {shape_id}: {answer.status} {answer.text[:300]}")


def reviewers(services: Services, asked: argparse.Namespace) -> list[Reviewer]:
    """Give each person a stretch of the list; two share one."""
    town = towns.enter(services, asked.people)
    cookie = sessions.cookie_name(services.settings)
    found: list[Reviewer] = []
    for role, ids in (("first", town.open), ("second", town.awaiting)):
        people = [each for each in town.people if each.role == role]
        stretches = (len(people) + 1) // 2
        length = len(ids) // stretches if stretches else 0
        for number, person in enumerate(people):
            begin = number // 2 * length
            headers = {"Cookie": f"{cookie}={person.token}"}
            if asked.api:
                headers = {"Authorization": f"Bearer {_token(services, town, person)}"}
            kind = Programme if asked.api else Reviewer
            found.append(
                kind(
                    town, person, Browser(services.settings.port, headers), ids[begin : begin + length],
                    asked.decisions, 60 / asked.pace if asked.pace else 0.0, asked.pictures,
                    1000 * asked.seed + person.user_id,
                )
            )  # fmt: skip
    return found


def _token(services: Services, town: towns.Town, person: towns.Person) -> str:
    actor = Actor(person.user_id, "", {town.municipality_id: Role(person.role)}, session_id=1)
    with services.database.writing() as session:
        made = tokens.create(
            session, actor=actor, municipality_id=town.municipality_id, role=Role(person.role),
            name="soak", days=1,
        )  # fmt: skip
    return made[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak; 0 where nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.api.soak.reviewers", description=__doc__)
    add_arguments(parser)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--decisions", type=int, default=200, help="for each person")
    parser.add_argument("--pace", type=float, default=0, help="decisions a minute and person; 0: no thinking")
    parser.add_argument("--pictures", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--api", action="store_true", help="by /api/v1 instead of the pages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--strict", action="store_true", help="a missed promise is an error")
    asked = parser.parse_args(arguments)
    with large_town(asked, people=asked.people) as services:
        return soak(services, asked)


def soak(services: Services, asked: argparse.Namespace) -> int:
    """Let everybody work, then look at what is left."""
    present = reviewers(services, asked)
    since = last_ids(services)
    server = Program("serve", services.settings, services.engine_settings, ("--no-worker",))
    with running(server):
        _warm(present)
        before, busy = time.monotonic(), server.processor_s()
        start = threading.Event()
        threads = [threading.Thread(target=each.work, args=(start,)) for each in present]
        for thread in threads:
            thread.start()
        start.set()
        for thread in threads:
            thread.join()
        seconds, busy = time.monotonic() - before, server.processor_s() - busy
    done = [each.done for each in present]
    wrong = [trouble for each in done for trouble in each.troubles]
    told = [said for each in done for said in each.told]
    wrong += wrong_decisions(
        services, since, told=told, unsure=[said for each in done for said in each.unsure]
    )
    facts = {
        "machine": machine(),
        "database": f"{services.database.url.get_backend_name()}, {asked.shapes:,} shapes",
        "people": f"{asked.people}, {asked.decisions} decisions each, "
        + (f"{asked.pace:g} a minute" if asked.pace else "as fast as they can")
        + (", by the API" if asked.api else ", by the pages"),
        "acknowledged": len(told), "refused": sum(each.refused for each in done),
        "unanswered": sum(len(each.unsure) for each in done),
        "pictures": sum(each.pictures for each in done),
        "seconds": round(seconds, 1), "decisions a minute": round(60 * len(told) / seconds),
        "server's processor": f"{1000 * busy / max(len(told), 1):.0f} ms a decision, "
        f"{100 * busy / seconds:.0f} %",
        **_times(done, server_times(server.log)),
    }  # fmt: skip
    p95 = facts.get("decision, in the server", {}).get("p95_ms", float("inf"))
    facts["promised"] = f"p95 < {PROMISED_MS:g} ms: {'kept' if p95 < PROMISED_MS else 'MISSED'}"
    if asked.strict and p95 >= PROMISED_MS:
        wrong.append(f"p95 of a decision is {p95} ms")
    return tell("reviewers", facts, wrong, asked.output)


def _warm(present: Sequence[Reviewer]) -> None:
    """Ask for a page of each kind: what a fresh server reads once is not what is measured."""
    for each in present[:2]:
        each.browser.ask("GET", f"/m/{towns.CODE}/shapes/{each.stretch[-1]}")
        each.browser.close()


def _times(done: Sequence[Worked], in_server: dict[str, float]) -> dict[str, dict[str, float]]:
    kinds = dict.fromkeys(kind for each in done for kind in each.requests)
    found = {}
    for kind in kinds:
        noted = [request for each in done for request in each.requests.get(kind, [])]
        found[f"{kind}, in the server"] = quantiles(
            [in_server[name] for name, _ in noted if name in in_server]
        )
        found[f"{kind}, at the client"] = quantiles([ms for _, ms in noted])
    return found


if __name__ == "__main__":
    sys.exit(main())
