"""Worker and server are killed without warning, 50 times, while people upload, decide and take back.

    python -m tests.api.soak.kills [--kills 50] [--seed 1] [--database-url URL]

A real ``gaiji serve`` and a real ``gaiji worker``, killed (``SIGKILL``) at random moments and started again.
People use ``/api/v1`` and send everything with an ``Idempotency-Key``; where a connection breaks they do not
know what became of it and send the same again, until they are answered. In the end the database must hold
what people were told, and for every file the rows that an undisturbed worker writes.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select, text, update

from api.jobs.worker import Worker
from api.services import Services
from api.settings import ServerSettings
from api.store.migrate import upgrade
from api.store.models import Upload, Withdrawal
from api.store.types import now
from engine.settings import Settings
from tests.api.soak.files import dot_files
from tests.api.soak.report import machine, tell
from tests.api.soak.rows import hand_in_all, rows_by_file, wrong_jobs
from tests.api.soak.server import Program, free_port, wait_until_it_answers
from tests.api.soak.staff import Office, Staff, found_office
from tests.api.soak.verify import last_ids, wrong_decisions

VICTIMS = ("worker", "worker", "server", "both")
_FINISH_S = 900.0
_QUIET_S = 0.2


@dataclass
class Plan:
    """How to kill.

    Attributes
    ----------
    kills : int
    shortest_s, longest_s : float
        Between two kills, counted from when everything runs again.
    lapse : bool
        Let the leases of killed workers run out at once instead of waiting for it.
    seed : int
    """

    kills: int
    shortest_s: float
    longest_s: float
    lapse: bool = False
    seed: int = 1


@dataclass
class Outcome:
    """What happened."""

    kills: Counter[str] = field(default_factory=Counter)
    at_work: int = 0
    """Kills while a job was running."""
    given_up: int = 0
    """Jobs that were given up after five claims without progress, and asked for again by a person."""
    wrong: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)


def kill_and_compare(services: Services, files: Sequence[Path], plan: Plan, *, staff: int = 4) -> Outcome:
    """Let people work on a fresh installation while its processes are killed; then compare.

    Parameters
    ----------
    services : Services
        On an empty database of the present schema.
    files : sequence of Path
        To be handed in, all of them.
    plan : Plan
    staff : int
        People who decide; one more hands the files in.
    """
    outcome, chance = Outcome(), random.Random(plan.seed)
    office = found_office(services, staff)
    since = last_ids(services)
    server = Program("serve", services.settings, services.engine_settings, ("--no-worker",))
    worker = Program("worker", services.settings, services.engine_settings)
    calm = threading.Event()
    people = [Staff(services, office, number, plan.seed, calm) for number in range(staff)]
    uploader = Staff(services, office, staff, plan.seed, calm)
    threads = [threading.Thread(target=each.decide_on) for each in people]
    threads.append(threading.Thread(target=uploader.hand_in, args=(files,)))
    try:
        server.start()
        wait_until_it_answers(server)
        worker.start()
        for thread in threads:
            thread.start()
        while outcome.kills.total() < plan.kills:
            time.sleep(chance.uniform(plan.shortest_s, plan.longest_s))
            victim = chance.choice(VICTIMS)
            outcome.at_work += _is_running(services)
            for program in (server, worker):
                if victim in ("both", "server" if program is server else "worker"):
                    program.kill()
                    program.start()
            outcome.kills[victim] += 1
            sys.stderr.write(f"kill {outcome.kills.total()}: {victim}; {_progress(services)}\n")
            wait_until_it_answers(server)
            if plan.lapse:
                _lapse(services)
            outcome.given_up += office.ask_again(services)
        calm.set()
        for thread in threads:
            thread.join(_FINISH_S)
        _finish(services, office, outcome, plan)
    finally:
        calm.set()
        worker.end()
        server.end()
    _compare(services, files, since, [*people, uploader], outcome)
    outcome.facts |= {
        "kills": dict(outcome.kills), "while a job ran": outcome.at_work,
        "starts": {"server": server.starts, "worker": worker.starts},
        "given up and retried": outcome.given_up,
        "decisions": sum(len(each.told) for each in people),
        "withdrawals": sum(len(each.taken_back) for each in people),
        "refused": sum(each.refused for each in people),
        "sent again": sum(each.again for each in (*people, uploader)),
        "answered from record": sum(each.replayed for each in (*people, uploader)),
    }  # fmt: skip
    return outcome


def _compare(
    services: Services, files: Sequence[Path], since: tuple[int, int, int], staff: Sequence[Staff],
    outcome: Outcome,
) -> None:  # fmt: skip
    wrong = outcome.wrong
    wrong += [trouble for each in staff for trouble in each.troubles]
    wrong += wrong_decisions(services, since, told=[said for each in staff for said in each.told])
    wrong += _wrong_withdrawals(services, since, [each for one in staff for each in one.taken_back])
    wrong += wrong_jobs(services, [each.name for each in files])
    with tempfile.TemporaryDirectory(prefix="gaiji-soak-", ignore_cleanup_errors=True) as folder:
        undisturbed = Services(
            ServerSettings(data_dir=Path(folder), _env_file=None), services.engine_settings
        )
        try:
            upgrade(undisturbed.database)
            office = found_office(undisturbed, 1)
            hand_in_all(undisturbed, office, files)
            Worker(undisturbed).run_all()
            wanted, got = rows_by_file(undisturbed), rows_by_file(services)
        finally:
            undisturbed.close()
    outcome.facts |= {"files": len(files), "gaiji": sum(len(each) for each in got.gaiji.values()),
                      "shapes": len(got.shapes)}  # fmt: skip
    wrong += [
        f"{name}: its gaiji differ" for name in wanted.gaiji if got.gaiji.get(name) != wanted.gaiji[name]
    ]
    for what in ("shapes", "suggestions", "counts"):
        ours, theirs = getattr(got, what), getattr(wanted, what)
        if ours != theirs:
            keys = [key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)]
            wrong.append(
                f"{what}: {len(keys)} differ, {keys[0]}: {ours.get(keys[0])} for {theirs.get(keys[0])}"
            )
    if services.database.is_sqlite:
        with services.database.reading() as session:
            said = session.scalars(text("PRAGMA integrity_check")).all()
        if said != ["ok"]:
            wrong.append(f"integrity_check: {said[:5]}")


def _wrong_withdrawals(services: Services, since: tuple[int, int, int], told: Sequence[int]) -> list[str]:
    with services.database.reading() as session:
        held = Counter(session.scalars(select(Withdrawal.decision_id).where(Withdrawal.id > since[1])))
    return [
        f"withdrawal of {each}: {held[each]} in the database, {Counter(told)[each]} told"
        for each in held.keys() | set(told)
        if held[each] != 1 or Counter(told)[each] != 1
    ]


def _finish(services: Services, office: Office, outcome: Outcome, plan: Plan) -> None:
    """Wait until every file is identified."""
    until = time.monotonic() + _FINISH_S
    unfinished = select(func.count()).select_from(Upload).where(Upload.state != "done")
    while time.monotonic() < until:
        outcome.given_up += office.ask_again(services)
        with services.database.reading() as session:
            if not session.scalar(unfinished):
                return
        time.sleep(_QUIET_S)
    outcome.wrong.append(f"not finished after {_FINISH_S:.0f} s: {_progress(services)}")


def _is_running(services: Services) -> bool:
    question = select(func.count()).select_from(Upload).where(Upload.lease_until > now())
    with services.database.reading() as session:
        return bool(session.scalar(question))


def _lapse(services: Services) -> None:
    """Let the leases run out; a live worker renews its own before anybody else looks, or loses a block."""
    with services.database.writing() as session:
        session.execute(update(Upload).where(Upload.lease_until.is_not(None)).values(lease_until=now()))


def _progress(services: Services) -> str:
    with services.database.reading() as session:
        states = session.execute(
            select(Upload.state, func.count(), func.sum(Upload.done)).group_by(Upload.state)
        )
        return ", ".join(f"{state} {count} ({done})" for state, count, done in states) or "no file yet"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak; 0 where nothing was lost or double."""
    parser = argparse.ArgumentParser(prog="python -m tests.api.soak.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--glyphs", type=int, default=150, help="in each file")
    parser.add_argument("--shortest-s", type=float, default=1.0)
    parser.add_argument("--longest-s", type=float, default=14.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lapse", action="store_true", help="do not wait for leases to run out")
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database; SQLite without it")
    parser.add_argument("-o", "--output", type=Path, help="report as JSON")
    asked = parser.parse_args(arguments)
    plan = Plan(asked.kills, asked.shortest_s, asked.longest_s, asked.lapse, asked.seed)
    with tempfile.TemporaryDirectory(prefix="gaiji-soak-", ignore_cleanup_errors=True) as folder:
        settings = ServerSettings(
            data_dir=Path(folder, "server"), database_url=asked.database_url, port=free_port(), _env_file=None
        )
        settings.data_dir.mkdir()
        services = Services(settings, Settings.from_environment())
        with contextlib.closing(services):
            upgrade(services.database)
            files = dot_files(
                services.engine_settings,
                Path(folder),
                count=asked.files,
                glyphs=asked.glyphs,
                seed=asked.seed,
            )
            started = time.monotonic()
            outcome = kill_and_compare(services, files, plan)
        facts = {
            "machine": machine(), "database": services.database.url.get_backend_name(), "seed": asked.seed,
            **outcome.facts, "seconds": round(time.monotonic() - started),
        }  # fmt: skip
        return tell("kills", facts, outcome.wrong, asked.output)


if __name__ == "__main__":
    sys.exit(main())
