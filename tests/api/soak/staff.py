"""People who go on working while the server comes and goes: everything is sent until it is answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from api.access import tokens
from api.access.place import Place
from api.domain.rights import Actor, Role
from api.domain.standing import SecondReview
from api.services import Services
from api.store.models import Membership, Municipality, Project, Shape, Upload, User
from api.work import uploads
from tests.api.soak.person import Answer, Browser
from tests.api.soak.verify import Said

CODE, NAME = "131016", "千代田区"
_CREATED, _CONFLICT = 201, 409
_REFUSED = frozenset({403, 404, 409, 422})
_REPLAYED = "idempotent-replayed"
_MOST_WAITING = 4
_PAUSE_S = 0.2
_TAKE_BACK = 0.15
"""How often somebody takes a decision of theirs back."""


@dataclass(frozen=True, slots=True)
class Office:
    """A municipality with a project and people; the last of them hands files in."""

    municipality_id: int
    project_id: int
    user_ids: Sequence[int]

    def place(self) -> Place:
        """As its last person enters it."""
        actor = Actor(self.user_ids[-1], "", {self.municipality_id: Role.SECOND})
        return Place(actor, Role.SECOND, self.municipality_id, CODE, NAME, SecondReview.ALL)

    def ask_again(self, services: Services) -> int:
        """Ask again for jobs that were given up; return how many there were."""
        with services.database.reading() as session:
            failed = session.scalars(select(Upload.id).where(Upload.state == "failed")).all()
        for each in failed:
            uploads.retry(services, place=self.place(), upload_id=each)
        return len(failed)


def found_office(services: Services, staff: int) -> Office:
    """Found a municipality in an empty database."""
    with services.database.writing() as session:
        here = Municipality(code=CODE, name=NAME)
        users = [
            User(login=f"staff-{each}", display_name=f"担当 {each}", must_change_password=False)
            for each in range(staff + 1)
        ]
        session.add_all([here, *users])
        session.flush()
        project = Project(municipality_id=here.id, name="住民記録", system="住民記録")
        session.add(project)
        session.add_all(Membership(user_id=each.id, municipality_id=here.id, role="second") for each in users)
        session.flush()
        return Office(here.id, project.id, [each.id for each in users])


@dataclass
class Staff:
    """One person with a program of their own.

    Parameters
    ----------
    services : Services
        To see what there is to do; whatever is written goes through the server.
    office : Office
    number : int
        Which of its people.
    seed : int
    calm : threading.Event
        Set once nothing is killed any more.
    """

    services: Services
    office: Office
    number: int
    seed: int
    calm: threading.Event
    told: list[Said] = field(default_factory=list, init=False)
    taken_back: list[int] = field(default_factory=list, init=False)
    refused: int = field(default=0, init=False)
    again: int = field(default=0, init=False)
    replayed: int = field(default=0, init=False)
    troubles: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(1000 * self.seed + self.number)
        self._user_id = self.office.user_ids[self.number]
        here = self.office.municipality_id
        actor = Actor(self._user_id, "", {here: Role.SECOND}, session_id=1)
        with self.services.database.writing() as session:
            token = tokens.create(
                session, actor=actor, municipality_id=here, role=Role.SECOND, name="soak", days=1
            )[1]
        self._browser = Browser(
            self.services.settings.port, {"Authorization": f"Bearer {token}"}, timeout_s=60.0
        )
        self._base = f"/api/v1/municipalities/{CODE}"

    def decide_on(self) -> None:
        """Decide, and take back now and then, until it is calm."""
        own: list[int] = []
        try:
            while not self.calm.is_set():
                if own and self._chance.random() < _TAKE_BACK:
                    self._take_back(own.pop(self._chance.randrange(len(own))))
                elif (shape := self._something()) is not None:
                    self._decide(*shape, own)
                time.sleep(self._chance.uniform(0, _PAUSE_S))
        except Exception as error:  # the report tells of it, whatever it is
            self.troubles.append(f"{type(error).__name__}: {error}")
        finally:
            self._browser.close()

    def hand_in(self, files: Sequence[Path]) -> None:
        """Hand files in, a few ahead of the worker."""
        try:
            for path in files:
                while not self.calm.is_set() and self._waiting() >= _MOST_WAITING:
                    time.sleep(_PAUSE_S)
                answer = self._send_file(path)
                if answer.status != _CREATED:
                    self.troubles.append(f"{path.name}: {answer.status} {answer.text[:300]}")
        except Exception as error:  # the report tells of it, whatever it is
            self.troubles.append(f"{type(error).__name__}: {error}")
        finally:
            self._browser.close()

    def _something(self) -> tuple[int, int, str] | None:
        """Find a shape to decide on: any, so that people meet."""
        with self.services.database.reading() as session:
            last = session.scalar(select(func.max(Shape.id))) or 0
            found = session.execute(
                select(Shape.id, Shape.version, Shape.machine_mj)
                .where(Shape.id >= self._chance.randint(0, last), Shape.state != "settled")
                .order_by(Shape.id)
                .limit(1)
            ).one_or_none()
        return None if found is None else (found.id, found.version, found.machine_mj)

    def _decide(self, shape_id: int, version: int, mj: str, own: list[int]) -> None:
        verdict, subclass = ("字形一致", "") if mj else ("同定不可能", "不明文字")
        if self._chance.random() < _TAKE_BACK:
            verdict, subclass, mj = "同定不可能", "記号等", ""
        body = {
            "version": version, "class": verdict, "subclass": subclass or None, "mj": mj,
            "reason": "字典で確かめた。",
        }  # fmt: skip
        answer = self._send(f"{self._base}/shapes/{shape_id}/decisions", body)
        if answer.status == _CREATED:
            self.told.append(Said(self._user_id, shape_id, version, verdict, subclass, mj))
            own.append(json.loads(answer.text)["id"])
        elif answer.status in _REFUSED:
            self.refused += 1
        else:
            self.troubles.append(f"decision on {shape_id}: {answer.status} {answer.text[:300]}")

    def _take_back(self, decision_id: int) -> None:
        answer = self._send(f"{self._base}/decisions/{decision_id}/withdrawal", {"reason": "取り違えた。"})
        if answer.status == _CREATED:
            self.taken_back.append(decision_id)
        elif answer.status in _REFUSED:
            self.refused += 1
        else:
            self.troubles.append(f"withdrawal of {decision_id}: {answer.status} {answer.text[:300]}")

    def _send_file(self, path: Path) -> Answer:
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        url = f"{self._base}/projects/{self.office.project_id}/uploads"
        return self._until_answered(url, body, f"multipart/form-data; boundary={boundary}")

    def _send(self, url: str, body: object) -> Answer:
        return self._until_answered(url, json.dumps(body).encode(), "application/json")

    def _until_answered(self, url: str, body: bytes, kind: str) -> Answer:
        headers = {"Content-Type": kind, "Idempotency-Key": uuid.uuid4().hex}
        while True:
            try:
                answer = self._browser.ask("POST", url, body, headers)
            except (OSError, http.client.HTTPException):
                self.again += 1
                time.sleep(self._chance.uniform(_PAUSE_S, 1.0))
                continue
            if answer.status == _CONFLICT and "in-progress" in answer.text:
                time.sleep(_PAUSE_S)
                continue
            self.replayed += _REPLAYED in answer.headers
            return answer

    def _waiting(self) -> int:
        question = select(func.count()).select_from(Upload).where(Upload.state.in_(("queued", "running")))
        with self.services.database.reading() as session:
            return session.scalar(question) or 0
