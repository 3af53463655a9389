"""The application as people have it: ``gaiji serve`` with its worker, the real reference set, a browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page
from postgresql import SERVER_URL, fresh_database
from sqlalchemy import func, select

from api.access import accounts, members, municipalities, sessions
from api.access.place import Place
from api.domain.rights import Role
from api.domain.standing import Finding, SecondReview
from api.review.decide import decide
from api.services import Services
from api.settings import ServerSettings
from api.store.migrate import upgrade
from api.store.models import Decision, Municipality, ProjectShape, Shape, Upload
from api.work import projects, uploads
from tests.api.clients import actor_named

PASSWORD = "とても長い合言葉-4821"
TOWNS = (
    ("131016", "千代田区"), ("131024", "中央区"), ("131032", "港区"), ("131041", "新宿区"),
    ("131059", "文京区"), ("131067", "台東区"), ("131075", "墨田区"), ("131083", "江東区"),
)  # fmt: skip
_START_S, _IDENTIFY_S = 120, 120


def chromium() -> str:
    """Where Debian's Chromium is: named, unpacked by ``make browser``, or installed."""
    unpacked = Path(__file__).resolve().parents[3] / ".venv/browser/bin/chromium"
    found = os.environ.get("GAIJI_TEST_CHROMIUM") or (unpacked.is_file() and str(unpacked))
    found = found or shutil.which("chromium")
    if not found:
        pytest.fail("Chromium がありません。make browser で取り寄せてください。")
    return found


@dataclass
class Town:
    """A municipality with a person of each role; logins are ``viewer-1`` and so on."""

    site: Site
    id: int
    code: str
    name: str
    number: int

    def login(self, role: str) -> str:
        return f"{role}-{self.number}"

    @property
    def url(self) -> str:
        return f"/m/{self.code}"

    def place(self, role: str) -> Place:
        actor = actor_named(self.site.services, self.login(role))
        return Place(actor, actor.roles[self.id], self.id, self.code, self.name, SecondReview.ALL)

    def project(self, name: str = "住民記録の外字", system: str = "住民記録", kind: str = "2") -> int:
        fields = projects.ProjectFields.checked(name=name, system=system, kind=kind)
        with self.site.services.database.writing() as session:
            return projects.create(session, place=self.place("admin"), fields=fields).id

    def hand_in(self, project_id: int, *files: Path) -> None:
        """Hand files in and wait until the worker has identified them."""
        for path in files:
            with path.open("rb") as file:
                uploads.receive(
                    self.site.services, place=self.place("admin"), project_id=project_id, file=file,
                    name=path.name,
                )  # fmt: skip
        self.wait(project_id)

    def wait(self, project_id: int) -> None:
        unfinished = select(func.count()).where(
            Upload.project_id == project_id, Upload.state.in_(("queued", "running"))
        )
        end = time.monotonic() + _IDENTIFY_S
        while time.monotonic() < end:
            with self.site.services.database.reading() as session:
                if not session.scalar(unfinished):
                    return
            time.sleep(0.2)
        pytest.fail("the worker did not finish")

    def shapes(self, project_id: int) -> list[Shape]:
        """Shapes of a project as they are now, in the list's order."""
        question = (
            select(Shape)
            .join(ProjectShape, ProjectShape.shape_id == Shape.id)
            .where(ProjectShape.project_id == project_id)
            .order_by(Shape.id)
        )
        with self.site.services.database.reading() as session:
            found = list(session.scalars(question))
            session.expunge_all()
            return found

    def shape(self, shape_id: int) -> Shape:
        with self.site.services.database.reading() as session:
            shape = session.get_one(Shape, shape_id)
            session.expunge(shape)
            return shape

    def decisions(self, shape_id: int) -> list[Decision]:
        """Of a shape, first to last."""
        question = select(Decision).where(Decision.shape_id == shape_id).order_by(Decision.id)
        with self.site.services.database.reading() as session:
            found = list(session.scalars(question))
            session.expunge_all()
            return found

    def decide(self, role: str, shape_id: int, finding: Finding, reason: str = "") -> None:
        """Decide without a browser, where a test is about what comes after."""
        services = self.site.services
        with services.database.writing() as session:
            version = session.get_one(Shape, shape_id).version
            decide(
                services, session, place=self.place(role), shape_id=shape_id, version=version,
                finding=finding, reason=reason,
            )  # fmt: skip

    def rule(self, rule: SecondReview) -> None:
        with self.site.services.database.writing() as session:
            session.get_one(Municipality, self.id).second_review = rule.value


@dataclass
class Site:
    """A running server."""

    url: str
    services: Services
    log: Path
    towns: list[Town] = field(default_factory=list)

    def new_town(self) -> Town:
        code, name = TOWNS[len(self.towns)]
        number = len(self.towns) + 1
        with self.services.database.writing() as session:
            town_id, _ = municipalities.create(session, actor=None, code=code, name=name)
            for role in (*Role, "colleague"):
                made = accounts.create_account(
                    session, actor=None, login=f"{role}-{number}", name=_NAMES[str(role)], password=PASSWORD
                )
                members.grant(
                    session, actor=None, user_id=made.user_id, municipality_id=town_id,
                    role=Role.SECOND if role == "colleague" else role,
                )  # fmt: skip
        town = Town(self, town_id, code, name, number)
        self.towns.append(town)
        return town

    def let_in(self, context: BrowserContext, login: str) -> None:
        """Begin a session of a person without the login page."""
        actor = actor_named(self.services, login)
        with self.services.database.writing() as session:
            token = sessions.begin(session, user_id=actor.user_id, settings=self.services.settings)
        name = sessions.cookie_name(self.services.settings)
        context.add_cookies([{"name": name, "value": token, "url": self.url, "httpOnly": True}])


_NAMES = {
    "viewer": "閲覧 三郎", "first": "一次 太郎", "second": "二次 花子", "admin": "管理 次郎",
    "colleague": "協議 四郎",
}  # fmt: skip


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Start ``gaiji serve`` on a fresh database, and end it with its worker."""
    with contextlib.ExitStack() as stack:
        database_url = stack.enter_context(fresh_database()) if SERVER_URL else ""
        settings = ServerSettings(
            data_dir=folder, database_url=database_url, port=_free_port(), login_rate="600/minute",
            _env_file=None,
        )  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        services = Services(settings)
        stack.callback(services.close)
        upgrade(services.database)
        environment = {name: value for name, value in os.environ.items() if "GAIJI_SERVER" not in name} | {
            "GAIJI_SERVER_DATA_DIR": str(folder),
            "GAIJI_SERVER_DATABASE_URL": database_url,
            "GAIJI_SERVER_LOGIN_RATE": settings.login_rate,
            "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
        }
        log = folder / "serve.log"
        output = stack.enter_context(log.open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", "engine", "serve", "--port", str(settings.port)],
            cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            site = Site(f"http://127.0.0.1:{settings.port}", services, log)
            _wait_for(site, process)
            yield site
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _wait_for(site: Site, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"gaiji serve ended:\n{site.log.read_text('utf-8')}")
        try:
            with urllib.request.urlopen(f"{site.url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"gaiji serve does not answer:\n{site.log.read_text('utf-8')}")


@dataclass
class Watch:
    """What a browser complains about; a test that expects a refusal says so."""

    origin: str
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on(
            "console",
            lambda each: each.type in ("error", "warning") and self._note(f"{each.type}: {each.text}"),
        )
        page.on("pageerror", lambda each: self._note(f"exception: {each}"))
        page.on("requestfailed", self._failed)
        page.on("request", self._asked)

    def expect(self, text: str) -> None:
        """A complaint with this text is what the test is about."""
        self.expected.append(text)

    def check(self) -> None:
        left = [each for each in self.problems if not any(text in each for text in self.expected)]
        assert not left, left

    def _failed(self, request) -> None:
        # Leaving a page ends what is still under way.
        if request.failure != "net::ERR_ABORTED":
            self._note(f"failed: {request.url} {request.failure}")

    def _asked(self, request) -> None:
        if not request.url.startswith((self.origin + "/", "blob:")):
            self._note(f"foreign: {request.url}")

    def _note(self, text: str) -> None:
        self.problems.append(text)
