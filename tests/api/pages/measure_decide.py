"""How long the server takes for a decision page among 100,000 shapes.

Run as ``python -m tests.api.pages.measure_decide``. The shapes that are asked for are real: characters of a
16-dot font, identified against the whole reference set. Times are of whole requests in this process,
login and rendering included, without a network; the processor's time tells what an idle machine would take.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import select

from api.app import create_app
from api.services import Services
from api.settings import ServerSettings
from api.store.migrate import upgrade
from api.store.models import Gaiji, Membership, Municipality, ProjectShape, Shape, Suggestion, Upload, User
from engine.demo import DOT_CHARACTERS, build_dots
from engine.glyph.model import Glyph
from engine.glyph.read import ReadOptions, read_glyphs
from engine.intake.digest import ink_digest
from engine.reference.fetch import debian_font
from engine.settings import Settings
from tests.api.clients import log_in, stranger
from tests.api.large import fill
from tests.api.review.material import png_of


def main() -> None:
    """Fill a database, ask for pages, print times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        services = Services(
            ServerSettings(data_dir=Path(folder), _env_file=None), Settings.from_environment()
        )
        upgrade(services.database)
        user_id, shape_ids, project_id = _fill(services, Path(folder), options.shapes)
        app = create_app(services.settings, services.engine_settings)
        client = log_in(stranger(app), services, user_id)
        first = [_time(client, shape_id, project_id) for shape_id in shape_ids]
        for shape_id in shape_ids[:3]:
            _time(client, shape_id, project_id)
        warm = [_time(client, shape_id, project_id) for _ in range(options.rounds) for shape_id in shape_ids]
        _tell("with the explanation to be computed (but for the first page)", first[1:])
        _tell("explanation kept", warm)
        app.state.services.close()
        services.close()


def _fill(services: Services, folder: Path, shapes: int) -> tuple[int, list[int], int]:
    with services.database.writing() as session:
        here = Municipality(code="131016", name="千代田区")
        user = User(login="measure", display_name="measure", must_change_password=False)
        session.add_all([here, user])
        session.flush()
        session.add(Membership(user_id=user.id, municipality_id=here.id, role="second"))
        municipality_id, user_id = here.id, user.id
    large = fill(
        services.database, municipality_id=municipality_id, user_id=user_id, shapes=shapes, gaiji=shapes * 2
    )
    jiskan = debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz", services.engine_settings.cache_dir)
    build_dots(jiskan, DOT_CHARACTERS, folder / "dots.bdf")
    read = [each for each in read_glyphs([folder / "dots.bdf"], ReadOptions()) if isinstance(each, Glyph)]
    rows = services.identifier().identify(read)
    ids = []
    with services.database.writing() as session:
        upload_id = session.scalars(select(Upload.id).where(Upload.project_id == large.large_project)).first()
        for ordinal, (glyph, row) in enumerate(zip(read, rows, strict=True)):
            shape = Shape(
                municipality_id=municipality_id, digest=ink_digest(glyph.ink).hex(), png=png_of(glyph.ink),
                ink_kind=glyph.kind.value, machine_class=row.verdict.value, machine_mj=row.mj,
                confidence=row.confidence, review=row.review.value,
            )  # fmt: skip
            session.add(shape)
            session.flush()
            suggestion = Suggestion(
                shape_id=shape.id, verdict=row.verdict.value, mj=row.mj, confidence=row.confidence,
                review=row.review.value, candidates=" ".join(row.candidates),
                evidence=" ".join(row.evidence), reference=row.reference, engine=row.engine,
            )  # fmt: skip
            gaiji = Gaiji(
                municipality_id=municipality_id, project_id=large.large_project, upload_id=upload_id,
                ordinal=10**8 + ordinal, shape_id=shape.id, source="dots.bdf", code=row.gaiji_code,
            )  # fmt: skip
            session.add_all([suggestion, gaiji])
            session.flush()
            shape.suggestion_id = suggestion.id
            session.add(
                ProjectShape(
                    project_id=large.large_project, shape_id=shape.id, gaiji_count=1, first_gaiji_id=gaiji.id
                )
            )
            ids.append(shape.id)
    return user_id, ids, large.large_project


def _time(client, shape_id: int, project_id: int) -> tuple[float, float]:
    begin, worked = time.perf_counter(), time.process_time()
    answer = client.get(f"/m/131016/shapes/{shape_id}?project={project_id}&review=required&sort=confidence")
    took = (1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - worked))
    answer.raise_for_status()
    return took


def _tell(what: str, times: list[tuple[float, float]]) -> None:
    sys.stdout.write(f"{what}: {len(times)} pages\n")
    for clock, taken in zip(("by the clock", "processor"), zip(*times, strict=True), strict=True):
        ordered = sorted(taken)
        p95 = ordered[int(0.95 * (len(ordered) - 1))]
        sys.stdout.write(
            f"  {clock}: median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms, "
            f"most {ordered[-1]:.0f} ms\n"
        )


if __name__ == "__main__":
    main()
