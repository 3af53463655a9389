"""Shapes, suggestions and people for the tests of the review."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from api.access.place import Place
from api.domain.rights import Actor, Role
from api.domain.standing import Finding, SecondReview
from api.store.models import Gaiji, Municipality, Project, ProjectShape, Shape, Suggestion, Upload
from engine.result import Subclass, Verdict

SAME = Finding(Verdict.SAME, None, "GJ000001")
OTHER = Finding(Verdict.SAME, None, "GJ000002")
SIMILAR = Finding(Verdict.SIMILAR, None, "GJ000005")
SYMBOL = Finding(Verdict.UNIDENTIFIED, Subclass.SYMBOL)
KANA = Finding(Verdict.UNIDENTIFIED, Subclass.HENTAIGANA, "GJ090001")

_CODES = {"here": ("131016", "千代田区"), "there": ("011002", "札幌市")}


def place_of(people: dict[str, int], name: str, role: Role | None = None) -> Place:
    """Let a person of the fixture ``people`` enter their municipality."""
    where = "there" if name.startswith("other-") else "here"
    role = role or Role(name.removeprefix("other-").removeprefix("second-"))
    if name == "second-first":
        role = Role.FIRST
    code, title = _CODES[where]
    actor = Actor(people[name], name, {people[where]: role})
    return Place(actor, role, people[where], code, title, SecondReview.ALL)


def set_rule(services, people, rule: SecondReview, where: str = "here") -> None:
    with services.database.writing() as session:
        session.get(Municipality, people[where]).second_review = rule.value


@dataclass
class Material:
    """Adds shapes to the database as the worker would."""

    services: object
    people: dict[str, int]
    projects: dict[str, tuple[int, int]] = field(default_factory=dict)
    count: int = 0

    def project(self, where: str = "here", name: str = "住基") -> tuple[int, int]:
        """Ids of a project and an upload of it."""
        if (key := where + name) not in self.projects:
            with self.services.database.writing() as session:
                project = Project(municipality_id=self.people[where], name=name, system=name)
                session.add(project)
                session.flush()
                upload = Upload(
                    municipality_id=self.people[where],
                    project_id=project.id,
                    name="外字.zip",
                    size=1,
                    sha256="0" * 64,
                )
                session.add(upload)
                session.flush()
                self.projects[key] = project.id, upload.id
        return self.projects[key]

    def shapes(
        self,
        number: int,
        *,
        suggested: Finding = SAME,
        review: str = "required",
        confidence: float = 0.9,
        where: str = "here",
        project: str = "住基",
        inks: list | None = None,
    ) -> list[int]:
        """Add shapes with a suggestion each; return their ids."""
        project_id, upload_id = self.project(where, project)
        ids = []
        with self.services.database.writing() as session:
            for index in range(number):
                self.count += 1
                ink = inks[index] if inks else bars(self.count)
                shape = Shape(municipality_id=self.people[where], digest=digest_of(ink), png=png_of(ink))
                session.add(shape)
                session.flush()
                suggestion = Suggestion(
                    shape_id=shape.id,
                    upload_id=upload_id,
                    verdict=suggested.verdict.value,
                    subclass=suggested.subclass.value if suggested.subclass else "",
                    mj=suggested.mj,
                    confidence=confidence,
                    review=review,
                    candidates="GJ000001 GJ000002 GJ000005",
                    evidence="rule:A1",
                    reference="tiny-1 v1",
                    engine="0.1+d0.p0",
                )
                session.add(suggestion)
                session.flush()
                shape.suggestion_id = suggestion.id
                shape.machine_class, shape.machine_subclass = suggestion.verdict, suggestion.subclass
                shape.machine_mj, shape.confidence, shape.review = suggestion.mj, confidence, review
                gaiji = Gaiji(
                    municipality_id=self.people[where],
                    project_id=project_id,
                    upload_id=upload_id,
                    ordinal=self.count,
                    shape_id=shape.id,
                    source="外字.zip",
                    code=f"U+{0xE000 + self.count:04X}",
                )
                session.add(gaiji)
                session.flush()
                session.add(
                    ProjectShape(
                        project_id=project_id, shape_id=shape.id, gaiji_count=1, first_gaiji_id=gaiji.id
                    )
                )
                ids.append(shape.id)
        return ids


def bars(number: int):
    """Draw a number in binary."""
    ink = np.zeros((32, 64), np.uint8)
    ink[0], ink[-1], ink[:, 0], ink[:, -1] = 255, 255, 255, 255
    for bit in range(14):
        if number >> bit & 1:
            ink[4:28, 4 + 4 * bit : 6 + 4 * bit] = 255
    return ink


def digest_of(ink) -> str:
    from engine.intake.digest import ink_digest

    return ink_digest(ink).hex()


def png_of(ink) -> bytes:
    file = io.BytesIO()
    Image.fromarray(ink).save(file, "PNG")
    return file.getvalue()
