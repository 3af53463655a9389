"""A first look at the review application: a municipality, people and gaiji, ready for ``make serve``.

Run as ``python -m api.demo`` (``make demo``), after ``python -m engine.demo`` has made the gaiji files. The
real worker identifies them.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from api.access import accounts, members, municipalities
from api.access.identity import ACCOUNT, actor_from
from api.access.place import Place
from api.domain.rights import Role
from api.domain.standing import SecondReview
from api.errors import ApiError
from api.jobs.worker import Worker
from api.services import Services
from api.settings import ServerSettings
from api.store.migrate import upgrade
from api.work import listing, projects, uploads
from engine.errors import GaijiError

CODE, NAME = "131016", "見本の団体"
PEOPLE: Mapping[str, tuple[str, Role]] = {
    "ichiji": ("一次の人", Role.FIRST),
    "niji": ("二次の人", Role.SECOND),
    "kanri": ("管理の人", Role.ADMIN),
}
"""Login → name and role; passwords are made anew each time."""


def prepare(folder: Path, files: Sequence[Path]) -> tuple[Mapping[str, str], int]:
    """Make the demo's database and let the worker identify the files.

    Parameters
    ----------
    folder : Path
        The server's data; an older demo there is removed.
    files : sequence of Path
        Gaiji files.

    Returns
    -------
    passwords : mapping of str to str
        By login.
    shapes : int
        Shapes that wait for a decision.

    Raises
    ------
    GaijiError
        The reference set is missing, or a file was refused.
    """
    if folder.exists():
        shutil.rmtree(folder)
    services = Services(ServerSettings(data_dir=folder, database_url=""))
    try:
        upgrade(services.database)
        passwords = {login: secrets.token_urlsafe(12) for login in PEOPLE}
        with services.database.writing() as session:
            municipality_id, _ = municipalities.create(session, actor=None, code=CODE, name=NAME)
            for login, (name, role) in PEOPLE.items():
                made = accounts.create_account(
                    session, actor=None, login=login, name=name, password=passwords[login]
                )
                members.grant(
                    session, actor=None, user_id=made.user_id, municipality_id=municipality_id, role=role
                )
        place = _enter(services, "kanri", municipality_id)
        with services.database.writing() as session:
            fields = projects.ProjectFields.checked(name="住民記録の外字", system="住民記録", kind="2")
            project_id = projects.create(session, place=place, fields=fields).id
        for file in files:
            with file.open("rb") as stream:
                uploads.receive(services, place=place, project_id=project_id, file=stream, name=file.name)
        Worker(services).run_all(threading.Event())
        with services.database.reading() as session:
            found = listing.counts(session, place=place, filter=listing.Filter(project=project_id))
        return passwords, found.shapes
    finally:
        services.close()


def _enter(services: Services, login: str, municipality_id: int) -> Place:
    from sqlalchemy import select

    from api.store.models import Membership, User

    question = (
        select(*ACCOUNT).outerjoin(Membership, Membership.user_id == User.id).where(User.login == login)
    )
    with services.database.reading() as session:
        actor = actor_from(session.execute(question).all())
    return Place(actor, actor.roles[municipality_id], municipality_id, CODE, NAME, SecondReview.ALL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; what to do next goes to standard output.

    Returns
    -------
    int
        Exit status: 0, or 1 where the demo could not run.
    """
    parser = argparse.ArgumentParser(prog="python -m api.demo", description="確認アプリの見本を用意する")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("out/demo"), help="engine.demo の結果の場所"
    )
    out: Path = parser.parse_args(arguments).output
    try:
        passwords, shapes = prepare(out / "server", [out / "EUDC.tte", out / "dots16.bdf"])
    except (ApiError, GaijiError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        f"\n確認アプリの見本（{NAME}、判定を待つ図形 {shapes}）\n"
        "  make serve を実行し、http://127.0.0.1:8000/ をブラウザーで開きます。\n"
        + "".join(
            f"  {name}: ログイン名 {login}　パスワード {passwords[login]}\n"
            for login, (name, _) in PEOPLE.items()
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
