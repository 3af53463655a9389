"""A municipality in the middle of its work: every kind of page in every stage, each with its address."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from sqlalchemy import func, select, update

from api.access import accounts
from api.domain.standing import Finding, State
from api.pictures.reference import reference_of
from api.policy import versions
from api.review import bulk as bulks
from api.review.bulk_set import BulkFilter
from api.review.records import finding_of
from api.review.withdraw import withdraw
from api.store.models import Gaiji, PrototypeHit, Shape, Upload
from engine.result import Review, Subclass, Verdict
from tests.api.browser import material
from tests.api.browser.site import PASSWORD, Site, Town

LONG_CODE = "J+9F2A-7C41-住基統一-0042"
LONG_NAME = "戸籍総合システムの外字（本庁と五つの支所、平成六年から令和七年までに登録したもの）"


@dataclass(frozen=True)
class Stocked:
    """The municipality, and addresses by what they show.

    Attributes
    ----------
    pages : mapping of str to (str, str)
        Login (empty for nobody) and address, by a name.
    """

    town: Town
    project: int
    pages: Mapping[str, tuple[str, str]]

    @property
    def decision_pages(self) -> dict[str, tuple[str, str]]:
        return {name: page for name, page in self.pages.items() if name.startswith("decide-")}


def stock(site: Site, folder: Path, debian_font: material.DebianFont) -> Stocked:
    """Fill a new municipality by the use cases; the worker identifies what is handed in."""
    town = site.new_town()
    with site.services.database.writing() as session:
        accounts.create_account(
            session, actor=None, login="operator", name="運用 六郎", password=PASSWORD, is_operator=True
        )
    project, empty = town.project(), town.project("税の外字", "税")
    eudc = material.eudc(debian_font, folder)
    town.hand_in(
        project, eudc, material.dots(debian_font, folder), material.pictures(eudc, folder / "外字画像.zip")
    )
    shapes = _by_kind(town.shapes(project))
    similar, design, kana = shapes["類似"], shapes["デザイン差"], shapes["同定不可能"]
    second, disputed, settled, back = design[:4]
    fell_out = similar[1]

    def as_told(shape: Shape) -> Finding:
        return finding_of(shape.machine_class, shape.machine_subclass, shape.machine_mj)

    for shape in (second, disputed, settled, back, fell_out):
        town.decide("first", shape.id, as_told(shape))
    town.decide("second", settled.id, as_told(settled))
    town.decide(
        "second",
        disputed.id,
        replace(as_told(disputed), verdict=Verdict.SIMILAR),
        "右の点の向きが逆になっている。",
    )
    town.decide("second", fell_out.id, Finding(Verdict.UNIDENTIFIED, Subclass.UNKNOWN), "当たる字がない。")
    town.decide("colleague", fell_out.id, as_told(fell_out), "住基の台帳を確かめ、この字とした。")
    with site.services.database.writing() as session:
        withdraw(
            session, place=town.place("admin"), decision_id=town.decisions(back.id)[0].id,
            reason="別の字形と取り違えていた。",
        )  # fmt: skip
    again = _again(town, eudc, folder)
    with site.services.database.writing() as session:
        session.execute(update(Gaiji).where(Gaiji.shape_id == similar[2].id).values(code=LONG_CODE))
    bulk, confirmed, given_up = (_bulk(town, project, each) for each in ("go on", "confirm", "give up"))
    with site.services.database.writing() as session:
        policy = versions.begin(session, place=town.place("admin"), base="standard", bases=_bases(site))
    url, here = town.url, f"{town.url}/projects/{project}"
    first, judge, admin, viewer = (town.login(each) for each in ("first", "second", "admin", "viewer"))

    def shape_page(shape: Shape, more: str = "") -> str:
        return f"{url}/shapes/{shape.id}?project={project}{more}"

    pages = {
        "login": ("", "/login"),
        "home": (admin, "/"),
        "home-nobody": ("operator", "/"),
        "projects": (admin, url),
        "project-empty": (admin, f"{url}/projects/{empty}"),
        "project": (admin, here),
        "project-first": (first, here),
        "project-viewer": (viewer, here),
        "upload": (admin, f"{here}/uploads/{_upload(town, project)}"),
        "list": (first, f"{here}/shapes"),
        "list-filtered": (first, f"{here}/shapes?classes=類似&states=open&review=required"),
        "list-nothing": (first, f"{here}/shapes?text=どこにもない"),
        "list-all": (admin, f"{url}/shapes"),
        "unreadable": (first, f"{here}/unreadable"),
        "decide-same": (first, shape_page(shapes["字形一致"][0])),
        "decide-design": (first, shape_page(design[5])),
        "decide-similar": (first, shape_page(similar[0])),
        "decide-kana": (first, shape_page(kana[0])),
        "decide-sign": (first, shape_page(kana[-1])),
        "decide-long": (first, shape_page(similar[2])),
        "decide-looked-up": (first, shape_page(similar[0], "&q=さい")),
        "decide-found-nothing": (first, shape_page(similar[0], "&q=ぬぬぬ")),
        "decide-second": (judge, shape_page(second)),
        "decide-own": (first, shape_page(second)),
        "decide-conference": (town.login("colleague"), shape_page(disputed)),
        "decide-withdrawn": (first, shape_page(back)),
        "decide-prototype": (first, f"{url}/shapes/{again.id}"),
        "settled": (admin, shape_page(settled)),
        "settled-conference": (viewer, shape_page(fell_out)),
        "replay-first": (admin, f"{url}/decisions/{town.decisions(disputed.id)[0].id}"),
        "replay-conference": (viewer, f"{url}/decisions/{town.decisions(fell_out.id)[-1].id}"),
        "bulk-start": (judge, f"{here}/bulk"),
        "bulk-size": (judge, f"{here}/bulk?verdict=字形一致&low=0.9"),
        "bulk-sample": (judge, f"{url}/bulk/{bulk}"),
        "bulk-other": (admin, f"{url}/bulk/{bulk}"),
        "bulk-confirmed": (judge, f"{url}/bulk/{confirmed}"),
        "bulk-given-up": (judge, f"{url}/bulk/{given_up}"),
        "calibration": (admin, f"{url}/calibration"),
        "policy": (admin, f"{url}/policy"),
        "policy-one": (viewer, f"{url}/policy/{policy}"),
        "policy-edit": (admin, f"{url}/policy/{policy}/edit"),
        "policy-trial": (admin, f"{url}/policy/{policy}/trial"),
        "people": (admin, f"{url}/people"),
        "audit": (admin, f"{url}/audit"),
        "account": (admin, "/account"),
        "password": (admin, "/account/password"),
        "operate": ("operator", "/operate"),
        "operate-municipalities": ("operator", "/operate/municipalities"),
        "operate-accounts": ("operator", "/operate/accounts"),
        "error-missing": (admin, "/m/999999"),
        "error-forbidden": (viewer, f"{url}/audit"),
        "error-wrong": (admin, f"{here}/shapes?sort=どれでも"),
    }  # fmt: skip
    return Stocked(town, project, pages)


def _bases(site: Site) -> list[str]:
    return [each.id for each in reference_of(site.services).refset.shrink_bases]


def _by_kind(shapes: list[Shape]) -> dict[str, list[Shape]]:
    """Shapes that are not safe to confirm, by class; for 字形一致 any."""
    found: dict[str, list[Shape]] = {}
    for each in shapes:
        if each.review != Review.AUTO.value or each.machine_class == Verdict.SAME.value:
            found.setdefault(each.machine_class, []).append(each)
    return found


def _again(town: Town, eudc: Path, folder: Path) -> Shape:
    """Hand the font's glyphs in again, smaller and as another system's; give one that was decided before."""
    large = material.pictures(eudc, folder / "大.zip", damaged=False)
    small = folder / "戸籍.zip"
    with zipfile.ZipFile(large) as source, zipfile.ZipFile(small, "w") as target:
        for name in source.namelist()[:12]:
            with source.open(name) as file, Image.open(file) as picture:
                side = tuple(round(each * 0.4) for each in picture.size)
                with target.open(name, "w") as out:
                    picture.resize(side, Image.Resampling.LANCZOS).save(out, "PNG")
    project = town.project(LONG_NAME, "戸籍総合システム")
    town.hand_in(project, small)
    with town.site.services.database.reading() as session:
        recalled = set(session.scalars(select(PrototypeHit.shape_id)))
    return next(
        each for each in town.shapes(project) if each.id in recalled and each.state == State.OPEN.value
    )


def _bulk(town: Town, project: int, what: str) -> int:
    place = town.place("second")
    verdicts = (Verdict.DESIGN if what == "confirm" else Verdict.SAME,)
    with town.site.services.database.writing() as session:
        begun = bulks.start(session, place=place, chosen=BulkFilter(verdicts, project_id=project))
        if what == "go on":
            return begun.id
        right = what == "confirm"
        for shape_id in begun.sample:
            bulks.judge(session, place=place, bulk_id=begun.id, shape_id=shape_id, right=right)
            if not right:
                return begun.id
    bulks.confirm(town.site.services, place=place, bulk_id=begun.id)
    return begun.id


def _upload(town: Town, project: int) -> int:
    with town.site.services.database.reading() as session:
        return session.scalar(select(func.max(Upload.id)).where(Upload.project_id == project))
