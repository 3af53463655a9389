"""An installation with everything in it that a backup must bring back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from api.domain.standing import Finding
from api.review.decide import Decided, decide
from api.review.withdraw import withdraw
from api.services import Services
from api.store.models import PolicyVersion, Shape, Upload
from api.work.storage import stored_path
from tests.api.review.material import SAME, SIMILAR, Material, place_of


@dataclass
class Content:
    """Fills an installation.

    Attributes
    ----------
    files : dict of str to bytes
        Uploaded files by digest.
    open_shape : int
        One that nobody has decided about.
    """

    services: Services
    people: dict[str, int]
    material: Material
    files: dict[str, bytes] = field(default_factory=dict)
    open_shape: int = 0

    def fill(self) -> None:
        """Decisions of both stages, a withdrawal, a policy, files with and without a ledger."""
        agreed, withdrawn, disputed, waiting, self.open_shape = self.material.shapes(5)
        for name, shape_id, finding in (
            ("first", agreed, SAME), ("second", agreed, SAME), ("first", disputed, SAME),
            ("second", disputed, SIMILAR), ("first", waiting, SIMILAR),
        ):  # fmt: skip
            self.decide(name, shape_id, finding)
        taken_back = self.decide("first", withdrawn, SAME)
        with self.services.database.writing() as session:
            withdraw(
                session,
                place=place_of(self.people, "first"),
                decision_id=taken_back.decision_id,
                reason="見間違い",
            )
            session.add(
                PolicyVersion(
                    municipality_id=self.people["here"], title="方針", version_label="1", toml="",
                    identity="a",
                )
            )  # fmt: skip
        project_id, empty_id = self.material.project()
        with self.services.database.writing() as session:
            session.get_one(Upload, empty_id).sha256 = self.keep(b"the file of the shapes")
            for content, ledger in ((bytes(200_000), b""), (b"with a ledger", b"a ledger")):
                options = {"ledger": {"sha256": self.keep(ledger)}} if ledger else {}
                session.add(
                    Upload(
                        municipality_id=self.people["here"], project_id=project_id, name="外字.zip",
                        size=1, sha256=self.keep(content), options=options, state="done",
                    )
                )  # fmt: skip

    def keep(self, content: bytes) -> str:
        """Store a file as an upload does; its digest."""
        digest = hashlib.sha256(content).hexdigest()
        path = stored_path(self.services.settings.uploads_dir, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.files[digest] = content
        return digest

    def decide(self, name: str, shape_id: int, finding: Finding, services: Services | None = None) -> Decided:
        """Decide as somebody, on the version that is there."""
        services = services or self.services
        with services.database.writing() as session:
            version = session.get_one(Shape, shape_id).version
            return decide(
                services,
                session,
                place=place_of(self.people, name),
                shape_id=shape_id,
                version=version,
                finding=finding,
            )
