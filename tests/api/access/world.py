"""One object of every kind in each of the two municipalities, for tests that walk all routes."""

from __future__ import annotations

import io
import zipfile
import zlib

from PIL import Image

from api.services import Services
from api.store.models import (
    BulkConfirmation,
    Decision,
    Explanation,
    Gaiji,
    PolicyVersion,
    Project,
    ProjectShape,
    Prototype,
    Shape,
    Suggestion,
    Upload,
)

_DOCUMENT = zlib.compress(b'{"compared":[],"words":{"review":"","role":""}}')

World = dict[str, int]
"""Ids by the name that a path gives them."""


def build(services: Services, people: dict[str, int], place: str, first: str) -> World:
    """Make the objects of one municipality.

    Parameters
    ----------
    services : Services
    people : dict
        Of the fixture.
    place : str
        ``here`` or ``there``.
    first : str
        Who decided.
    """
    municipality_id, user_id = people[place], people[first]
    with services.database.writing() as session:

        def add(row):
            session.add(row)
            session.flush()
            return row.id

        common = {"municipality_id": municipality_id}
        project_id = add(Project(name="住記", system="住記", **common))
        upload_id = add(
            Upload(
                project_id=project_id, user_id=user_id, name="a.zip", size=1, sha256="0" * 64, state="failed",
                total=1, done=1, **common,
            )
        )  # fmt: skip
        shape_id = add(Shape(digest="0" * 32, png=_png(), machine_class="類似", **common))
        add(
            Gaiji(
                project_id=project_id, upload_id=upload_id, ordinal=0, shape_id=shape_id, source="a.zip#1",
                code="U+E000", **common,
            )
        )  # fmt: skip
        session.add(ProjectShape(project_id=project_id, shape_id=shape_id, gaiji_count=1, first_gaiji_id=1))
        suggestion_id = add(
            Suggestion(
                shape_id=shape_id, upload_id=upload_id, verdict="類似", mj="GJ000001", confidence=0.5,
                review="required", candidates="GJ000001", evidence="", reference="tiny-1/v1", engine="0",
            )
        )  # fmt: skip
        session.get_one(Shape, shape_id).suggestion_id = suggestion_id
        explanation_id = add(
            Explanation(suggestion_id=suggestion_id, document=_DOCUMENT, pictures=_pictures())
        )
        decision_id = add(
            Decision(
                shape_id=shape_id, project_id=project_id, user_id=user_id, stage="first",
                verdict="同定不可能", subclass="不明文字", suggestion_id=suggestion_id, shape_version=1,
                **common,
            )
        )  # fmt: skip
        bulk_id = add(
            BulkConfirmation(
                project_id=project_id, user_id=user_id, filter={}, last_shape_id=shape_id, size=1,
                sample=[shape_id], **common,
            )
        )  # fmt: skip
        prototype_id = add(
            Prototype(shape_id=shape_id, decision_id=decision_id, verdict="類似", mj="GJ000001", **common)
        )
        policy_id = add(PolicyVersion(title="x", version_label="1", toml="", identity=place, **common))
    return {
        "project_id": project_id,
        "upload_id": upload_id,
        "shape_id": shape_id,
        "suggestion_id": suggestion_id,
        "explanation_id": explanation_id,
        "decision_id": decision_id,
        "bulk_id": bulk_id,
        "prototype_id": prototype_id,
        "policy_id": policy_id,
        "version_id": policy_id,
        "user_id": people[first],
    }


def _png() -> bytes:
    target = io.BytesIO()
    Image.new("L", (8, 8), 255).save(target, "PNG")
    return target.getvalue()


def _pictures() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("square", _png())
    return target.getvalue()
