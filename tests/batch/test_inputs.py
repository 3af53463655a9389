"""Fonts, folders, ZIPs, Parquet and manifests of them: every glyph gets its key, interrupted or not."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from engine.batch import dataset
from engine.batch.dataset import read_manifest, rows
from engine.batch.inputs import plan_inputs
from engine.batch.run import BatchOptions, run_batch
from engine.errors import UsageError
from engine.glyph.options import ReadOptions
from engine.intake.key import DeliveryKey
from engine.output.tabular import LoadError
from tests.batch.stand_in import HereCrew, StandIn, contents, picture, write_images
from tests.conftest import write_tiny_font

KEY = ("municipality", "system", "font", "kind")
OPTIONS = BatchOptions(read=ReadOptions(ranges=((0xE000, 0xF8FF), (0xF0000, 0xFFFFD))), rows_per_part=11)


@pytest.fixture
def delivery(tmp_path) -> Path:
    """Two municipalities with fonts of one name, a folder and a ZIP of pictures, a Parquet, a manifest."""
    for town in ("東京", "大阪"):
        (tmp_path / town / "絵").mkdir(parents=True)
        write_tiny_font(tmp_path / town / "EUDC.TTE")
    for number, name in enumerate(("E100.png", "F040.bmp")):  # F040: Unicode beside E100, else Shift_JIS
        Image.fromarray(picture(number + 1)).save(tmp_path / "東京" / "絵" / name)
    with zipfile.ZipFile(tmp_path / "大阪" / "絵.zip", "w") as archive:
        for number in range(9):
            Image.fromarray(picture(number + 1)).save(tmp_path / "a.png")
            archive.write(tmp_path / "a.png", f"E20{number}.png")
    (tmp_path / "a.png").unlink()
    write_images(tmp_path / "大阪" / "絵.parquet", 20, municipality=[""] * 10 + ["271004"] * 10)
    lines = [
        "団体コード,システム,フォント,種類,外字コード,画像ファイル",
        "131016,住基,,1,,東京/EUDC.TTE",
        "131016,税,,,,東京/絵",
        "271004,住基,リンク,2,,大阪/EUDC.TTE",
        "271004,住基,,2,E300,大阪/絵.zip",
        "271004,住基,,2,U+E20A,東京/絵/E100.png",
        "011002,,,,,大阪/絵.parquet",
        "011002,,,,,大阪/ない.ttf",
    ]
    (tmp_path / "団体.csv").write_text("\n".join(lines[:4] + lines[5:]), encoding="utf-8")
    return tmp_path / "団体.csv"


def run(source: Path, folder: Path, **options: object) -> list[dict[str, object]]:
    engine = StandIn()
    options = {"options": OPTIONS} | options
    run_batch([source], folder, engine=engine, crew=HereCrew(engine), **options)
    return [row for batch in rows(folder) for row in batch.to_pylist()]


def test_a_manifest_of_everything(delivery, tmp_path):
    found = run(delivery, tmp_path / "out")
    by_name: dict[str, list[dict[str, object]]] = {}
    for row in found:
        parts = str(row["source"]).partition("#")
        by_name.setdefault(str(Path(parts[0]).relative_to(tmp_path)), []).append(row)
    keys = {name: {tuple(row[column] for column in KEY) for row in some} for name, some in by_name.items()}
    assert keys == {
        "東京/EUDC.TTE": {("131016", "住基", "EUDC", "1")},
        "東京/絵/F040.bmp": {("131016", "税", "", "")},
        "東京/絵/E100.png": {("131016", "税", "", ""), ("271004", "住基", "", "2")},
        "大阪/EUDC.TTE": {("271004", "住基", "リンク", "2")},
        "大阪/絵.parquet": {("011002", "", "", ""), ("271004", "", "", "")},
        "大阪/ない.ttf": {("011002", "", "ない", "")},
    }
    assert [row["gaiji_code"] for row in by_name["東京/絵/E100.png"]] == ["U+E100", "U+E20A"]
    assert by_name["東京/絵/F040.bmp"][0]["gaiji_code"] == "U+F040"
    assert all(row["same_as"] for row in by_name["大阪/EUDC.TTE"])
    assert by_name["大阪/ない.ttf"][0]["status"] == "not-found"
    (entry,) = read_manifest(tmp_path / "out")["inputs"]
    assert (entry["kind"], entry["files"]) == ("manifest", 8)
    assert entry["members"][-1] == [str(tmp_path / "大阪/ない.ttf"), -1, ""]


def test_interrupted_at_every_part(delivery, tmp_path, monkeypatch):
    """Names, codes and keys are learned on the way; a run that goes on has not forgotten them."""
    run(delivery, tmp_path / "undisturbed")
    write, seen = dataset.write_part, []

    def dying(folder: Path, number: int, *rest: object) -> str:
        write(folder, number, *rest)
        seen.append(number)
        raise KeyboardInterrupt

    for _ in range(40):
        monkeypatch.setattr("engine.batch.run.write_part", dying)
        try:
            run(delivery, tmp_path / "out", resume=True)
            break
        except KeyboardInterrupt:
            continue
    assert seen == list(range(len(seen)))
    assert len(seen) > 5
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")


def test_fonts_of_one_name_in_a_folder_are_kept_apart(delivery, tmp_path):
    (tmp_path / "団体.csv").unlink()
    found = run(tmp_path, tmp_path.parent / f"{tmp_path.name}-out")
    assert {row["font"] for row in found if "EUDC" in row["source"]} == {"EUDC", "東京/EUDC"}


def test_an_euf_beside_its_tte(tmp_path):
    write_tiny_font(tmp_path / "EUDC.TTE")
    (tmp_path / "EUDC.EUF").write_bytes(b"whatever")
    told: list[str] = []
    plan = plan_inputs([tmp_path], DeliveryKey(), notice=told.append)
    assert [Path(unit.path).name for unit in plan.units] == ["EUDC.TTE"]
    again = plan_inputs([tmp_path / "EUDC.EUF"], DeliveryKey(), notice=told.append)
    assert [Path(unit.path).name for unit in again.units] == ["EUDC.TTE"]
    assert len(told) == 2
    assert plan_inputs([tmp_path / "EUDC.EUF", tmp_path], DeliveryKey()).units == plan.units


def test_manifests_that_make_no_sense(delivery, tmp_path):
    for text, words in (
        ("団体コード,外字コード\n131016,E000\n", "2 行目に「画像ファイル」"),
        ("外字コード,画像ファイル\nE000,東京/絵\nE001,東京/絵\n", "3 行目: フォルダーと"),
        ("外字コード,画像ファイル\nE000,大阪/絵.parquet\n", "Parquet は"),
        ("団体コード,画像ファイル\n131017,東京/絵\n", "検査数字"),
        ("画像ファイル\n../secret.ttf\n", "相対パス"),
    ):
        delivery.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=words):
            plan_inputs([delivery], DeliveryKey())
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 or not")
    with pytest.raises(LoadError, match="Parquet として"):
        plan_inputs([tmp_path / "bad.parquet"], DeliveryKey())


def test_a_manifest_as_parquet(delivery, tmp_path):
    table = pa.table({"municipality": ["131016", "271004"], "image": ["東京/EUDC.TTE", "大阪/EUDC.TTE"]})
    pq.write_table(table, tmp_path / "manifest.parquet")
    plan = plan_inputs([tmp_path / "manifest.parquet"], DeliveryKey(system="住基"))
    assert [(unit.key.municipality, unit.key.system) for unit in plan.units] == [
        ("131016", "住基"),
        ("271004", "住基"),
    ]
    assert plan.units[0].group != plan.units[1].group


def test_checksums_tell_every_change(delivery, tmp_path):
    def checksum() -> str:
        return plan_inputs([tmp_path / "東京"], DeliveryKey()).inputs[0].sha256

    before = checksum()
    assert checksum() == before
    path = tmp_path / "東京" / "絵" / "E100.png"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"!")
    assert checksum() != before
    path.write_bytes(data)
    path.rename(path.with_name("E101.png"))
    assert checksum() != before
