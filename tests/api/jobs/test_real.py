"""With the real reference set: what a municipality hands in comes out as the command line has it."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image
from sqlalchemy import select

from api.jobs.worker import Worker
from api.services import Services
from api.store.migrate import upgrade
from api.store.models import Gaiji, ProjectShape, Shape, Suggestion, Upload
from engine.demo import DOT_CHARACTERS, OUTLINE_GLYPHS, build_dots
from engine.glyph.model import Glyph
from engine.glyph.read import read_glyphs
from engine.pipeline import identify_paths
from engine.synth.gaiji_files import write_eudc


@pytest.fixture
def services(server_settings, settings):
    services = Services(server_settings, settings)
    upgrade(services.database)
    yield services
    services.close()


@pytest.fixture
def files(tmp_path, debian_font):
    """An EUDC.TTE, a BDF, and a ZIP of pictures that holds some of the font's glyphs again."""
    folder = tmp_path / "渡すもの"
    folder.mkdir()
    eudc, dots, pictures = folder / "EUDC.tte", folder / "dots16.bdf", folder / "外字.zip"
    write_eudc(debian_font("fonts-hanazono", "HanaMinA.ttf"), OUTLINE_GLYPHS, eudc)
    build_dots(debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz"), DOT_CHARACTERS, dots)
    with zipfile.ZipFile(pictures, "w") as archive:
        for glyph in list(read_glyphs([eudc]))[:6]:
            assert isinstance(glyph, Glyph)
            file = io.BytesIO()
            Image.fromarray(255 - glyph.ink).save(file, "PNG")
            archive.writestr(f"住基_{glyph.gaiji_code[2:]}.png", file.getvalue())
        archive.writestr("壊れた.png", b"\x89PNG\r\n\x1a\n\0\0\0\0")
        archive.writestr("説明.txt", "これは画像ではありません")
    return [eudc, dots, pictures]


def test_a_delivery_from_hand_to_suggestion(services, people, project, hand_in, files, settings):
    project_id = project(kind="2")
    for path in files:
        hand_in(path.read_bytes(), path.name, project_id)
    assert Worker(services, poll_s=0.01).run_all() == 3
    expected = list(identify_paths(files, settings=settings, jobs=1))
    with services.database.reading() as session:
        uploads = session.scalars(select(Upload).order_by(Upload.id)).all()
        rows = session.scalars(select(Gaiji).order_by(Gaiji.upload_id, Gaiji.ordinal)).all()
        shapes = {shape.id: shape for shape in session.scalars(select(Shape))}
        suggestions = {each.id: each for each in session.scalars(select(Suggestion))}
        counted = sum(each.gaiji_count for each in session.scalars(select(ProjectShape)))
    assert [(each.state, each.done == each.total, each.failed) for each in uploads] == [
        ("done", True, 0),
        ("done", True, 0),
        ("done", True, 2),
    ]
    assert len(rows) == len(expected) == len(OUTLINE_GLYPHS) + len(DOT_CHARACTERS) + 8
    folder = str(files[0].parent)
    verdicts = set()
    for row, wanted in zip(rows, expected, strict=True):
        assert row.source == wanted.source.removeprefix(folder + "/")
        assert (row.code, row.status, row.kind) == (wanted.gaiji_code, wanted.status, "2")
        assert row.font == wanted.font
        if wanted.status != "ok":
            assert row.message == wanted.message
            continue
        told = suggestions[shapes[row.shape_id].suggestion_id]
        assert (told.verdict, told.mj, told.review) == (wanted.verdict.value, wanted.mj, wanted.review.value)
        assert told.candidates == " ".join(wanted.candidates)
        assert told.evidence == " ".join(wanted.evidence)
        assert told.confidence == pytest.approx(wanted.confidence, abs=2e-3)
        assert (told.reference, told.engine) == (wanted.reference, wanted.engine)
        verdicts.add(told.verdict)
    assert len(verdicts) >= 3  # the material is not all of one kind
    identical = sum(bool(wanted.same_as) for wanted in expected)
    assert identical >= 5
    assert len(shapes) == len(suggestions) == len(rows) - identical - 2
    assert counted == len(rows) - 2
