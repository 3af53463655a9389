"""Fills a database with as many shapes as a large municipality has, made up but in real proportions.

The pictures are noise of the size that real ones have: what matters is how much the database must step over.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from api.store.database import Database
from api.store.models import Gaiji, Project, ProjectShape, Shape, Upload
from engine.result import Review, Subclass, Verdict

CHUNK = 5000
PICTURE_BYTES = (900, 2600)
"""Sizes of a gaiji as a grey PNG of at most 256 px."""

_CLASSES = (Verdict.SAME, Verdict.DESIGN, Verdict.SIMILAR, Verdict.UNIDENTIFIED)
_STATES = ("open", "awaiting-second", "disputed", "settled")


@dataclass(frozen=True, slots=True)
class Large:
    """What was filled in: ids."""

    large_project: int
    small_project: int
    shapes: int
    gaiji: int


def fill(
    database: Database, *, municipality_id: int, user_id: int, shapes: int, gaiji: int, seed: int = 1
) -> Large:
    """Fill two projects: one with all shapes, one with every fiftieth of them.

    Parameters
    ----------
    database : Database
    municipality_id, user_id : int
        Whose they are, and who made the first decisions.
    shapes, gaiji : int
        How many; ``gaiji`` of the large project, at least as many as shapes.
    seed : int
    """
    rng = random.Random(seed)
    with database.writing() as session:
        projects = [
            Project(municipality_id=municipality_id, name=name, system=name, kind=kind)
            for name, kind in (("住民記録", "1"), ("戸籍附票", "3"))
        ]
        session.add_all(projects)
        session.flush()
        uploads = [
            Upload(
                municipality_id=municipality_id, project_id=project.id, user_id=user_id, name="EUDC.TTE",
                size=1, sha256="0" * 64, state="done", total=gaiji, done=gaiji,
            )
            for project in projects
        ]  # fmt: skip
        session.add_all(uploads)
        session.flush()
        large, small = (project.id for project in projects)
        for model, rows in (
            (Shape, _shapes(rng, municipality_id, user_id, shapes)),
            (Gaiji, _gaiji(rng, municipality_id, large, uploads[0].id, shapes, gaiji)),
            (Gaiji, _small(rng, municipality_id, small, uploads[1].id, shapes, gaiji)),
            (ProjectShape, _held(large, shapes, gaiji)),
            (ProjectShape, _held_small(small, shapes, gaiji)),
        ):
            for chunk in _chunks(rows):
                session.execute(insert(model), chunk)
    return Large(large, small, shapes, gaiji)


def _shapes(rng: random.Random, municipality_id: int, user_id: int, count: int) -> Iterator[dict[str, Any]]:
    noise = rng.randbytes(4 * PICTURE_BYTES[1])
    for number in range(1, count + 1):
        verdict = rng.choices(_CLASSES, (8, 19, 53, 20))[0]
        state = rng.choices(_STATES, (60, 10, 1, 29))[0]
        mj = "" if verdict is Verdict.UNIDENTIFIED else f"MJ{rng.randrange(1, 58_863):06}"
        subclass = rng.choice(tuple(Subclass)).value if verdict is Verdict.UNIDENTIFIED else ""
        start = rng.randrange(len(noise) - PICTURE_BYTES[1])
        settled = state == "settled"
        other = settled and rng.random() < 0.03
        yield {
            "id": number,
            "municipality_id": municipality_id,
            "digest": f"{rng.getrandbits(128):032x}",
            "png": noise[start : start + rng.randrange(*PICTURE_BYTES)],
            "machine_class": verdict.value,
            "machine_subclass": subclass,
            "machine_mj": mj,
            "confidence": round(rng.betavariate(4, 1), 4),
            "review": (Review.AUTO if rng.random() < 0.2 else Review.REQUIRED).value,
            "state": state,
            "final_class": (Verdict.SIMILAR if other else verdict).value if settled else "",
            "final_subclass": subclass if settled and not other else "",
            "final_mj": ("MJ000001" if other else mj) if settled else "",
            "first_user_id": None if state == "open" else user_id,
        }


def _gaiji(
    rng: random.Random, municipality_id: int, project_id: int, upload_id: int, shapes: int, count: int
) -> Iterator[dict[str, Any]]:
    codes = [*range(0xF0000, 0xF0000 + 65_534), *range(0x100000, 0x100000 + 65_534)]
    rng.shuffle(codes)
    for number in range(count):
        code = f"U+{codes[number % len(codes)]:X}"
        unreadable = _unreadable(number, shapes)
        yield {
            "id": number + 1,
            "municipality_id": municipality_id,
            "project_id": project_id,
            "upload_id": upload_id,
            "ordinal": number,
            "shape_id": None if unreadable else number % shapes + 1,
            "source": "EUDC.TTE",
            "code": code,
            "font": "住記明朝",
            "kind": "1" if number % 3 else "2",
            "status": "empty-glyph" if unreadable else "ok",
            "message": "何も描かれていません。" if unreadable else "",
        }


def _unreadable(number: int, shapes: int) -> bool:
    return number % 1000 == 999 and number >= shapes


def _small(
    rng: random.Random, municipality_id: int, project_id: int, upload_id: int, shapes: int, before: int
) -> Iterator[dict[str, Any]]:
    for at, shape_id in enumerate(range(50, shapes + 1, 50)):
        yield {
            "id": before + at + 1,
            "municipality_id": municipality_id,
            "project_id": project_id,
            "upload_id": upload_id,
            "ordinal": at,
            "shape_id": shape_id,
            "source": f"koseki.zip#gaiji/{at:05}.png",
            "code": f"U+{0xE000 + at % 6400:04X}",
            "font": "",
            "kind": "3",
            "status": "ok",
            "message": "",
        }


def _held(project_id: int, shapes: int, gaiji: int) -> Iterator[dict[str, int]]:
    for shape_id in range(1, shapes + 1):
        yield {
            "project_id": project_id,
            "shape_id": shape_id,
            "gaiji_count": sum(not _unreadable(each, shapes) for each in range(shape_id - 1, gaiji, shapes)),
            "first_gaiji_id": shape_id,
        }


def _held_small(project_id: int, shapes: int, before: int) -> Iterator[dict[str, int]]:
    for at, shape_id in enumerate(range(50, shapes + 1, 50)):
        yield {
            "project_id": project_id,
            "shape_id": shape_id,
            "gaiji_count": 1,
            "first_gaiji_id": before + at + 1,
        }


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
