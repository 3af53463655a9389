"""The real program on real glyphs, as a user runs it."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from engine.reference.index import open_index
from engine.result import COLUMNS
from engine.sheet.face import ReferenceFace

pytestmark = pytest.mark.usefixtures("index")


@pytest.fixture(scope="module")
def index(refset, settings, reference_font):
    """Build the index now, not inside a time limit."""
    return open_index(refset, settings)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, reference_font):
    """Two MJ glyphs, one hentaigana, and a file that is no picture."""
    place = tmp_path_factory.mktemp("gaiji")
    face = ReferenceFace(reference_font)
    for mj in ("MJ026190", "MJ013150", "MJ090001"):
        face.picture(mj, 96).save(place / f"{mj}.png")
    (place / "壊れた.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    return place


def gaiji(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "engine", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **options)


def test_a_folder_to_standard_output(folder):
    done = gaiji("identify", folder, "--top", "5")
    assert done.returncode == 1
    rows = {
        row["source"].rpartition(os.sep)[2]: row for row in csv.DictReader(io.StringIO(done.stdout.decode()))
    }
    assert len(rows) == 4
    for mj in ("MJ026190", "MJ013150"):
        row = rows[f"{mj}.png"]
        assert (row["class"], row["mj"], row["status"]) == ("字形一致", mj, "ok")
        assert row["candidates"].split()[0] == mj
        assert len(row["candidates"].split()) == 5
    kana = rows["MJ090001.png"]
    assert (kana["class"], kana["subclass"], kana["mj"]) == ("同定不可能", "変体仮名", "MJ090001")
    broken = rows["壊れた.png"]
    assert broken["status"] == "unreadable-image"
    assert broken["class"] == broken["confidence"] == ""
    message = done.stderr.decode()
    assert "壊れた.png" in message
    assert "Traceback" not in message
    assert message.rstrip().endswith("読めなかった 1")


def test_excel(folder, tmp_path):
    path = tmp_path / "結果.xlsx"
    assert gaiji("identify", folder / "MJ026190.png", "-o", path).returncode == 0
    header, row = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert tuple(header) == COLUMNS
    assert row[header.index("mj")] == "MJ026190"
    assert row[header.index("koseki")] == "445000"


def test_excluded_glyphs_are_not_offered(folder, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("MJ026190\n", encoding="utf-8")
    done = gaiji("identify", folder / "MJ026190.png", "--exclude", names)
    assert done.returncode == 0
    assert "MJ026190" not in done.stdout.decode().replace("MJ026190.png", "")


def test_the_same_bytes_whatever_the_jobs(reference_font, tmp_path):
    for jobs in (1, 2):
        path = tmp_path / f"{jobs}.csv"
        done = gaiji("identify", reference_font, "--range", "4E00-4F40", "-o", path, "--jobs", jobs)
        assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    rows = list(csv.DictReader((tmp_path / "1.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["gaiji_code"] for row in rows] == sorted(row["gaiji_code"] for row in rows)
    assert len(rows) > 256


def test_candidates_with_a_sheet(folder, tmp_path):
    sheet = tmp_path / "見比べ.png"
    done = gaiji("candidates", folder / "MJ026190.png", "-o", sheet)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("字形一致  MJ026190")
    assert lines[2].split()[:4] == ["1", "MJ026190", "邉", "U+9089"]
    assert len(lines) == 12
    with Image.open(sheet) as image:
        image.verify()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process group there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_no_file_and_no_process(reference_font, tmp_path, number, code):
    command = [sys.executable, "-m", "engine", "identify", str(reference_font), "--all", "--jobs", "2"]
    # A shell that runs the tests in the background makes them, and their children, deaf to Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [*command, "-o", str(tmp_path / "a.csv")], stderr=subprocess.PIPE, start_new_session=True
        )
    finally:
        signal.signal(signal.SIGINT, before)
    deadline = time.monotonic() + 60
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    os.killpg(process.pid, number)
    error = process.communicate(timeout=60)[1].decode()
    assert process.returncode == code
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.05)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_named(folder):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "engine", "identify", str(folder), "-q"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
        )
    assert done.returncode == 1
    last = done.stderr.decode().splitlines()[-1]
    assert "空きがありません" in last
    assert "Traceback" not in done.stderr.decode()
