"""``gaiji batch``: what it refuses, what it tells, and one real run."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from engine.batch.run import Standing
from engine.cli.batch import meter_line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--resume", "--force"], "どちらか一つ"),
        (["--jobs", "2", "--cluster", "local:2"], "どれか一つ"),
        (["--scheduler", "tcp://a:1", "--cluster", "local:2"], "どれか一つ"),
        (["--cluster", "four"], "local:4"),
        (["--cluster", "local:0"], "local:4"),
        (["--scheduler", "tls://a:1", "--tls-ca", "ca.pem"], "三つとも"),
        (["--scheduler", "tls://a:1"], "アドレスを tls://"),
        (
            ["--scheduler", "tcp://a:1", "--tls-ca", "a", "--tls-cert", "b", "--tls-key", "c"],
            "アドレスを tls://",
        ),
        (["--tls-ca", "a", "--tls-cert", "b", "--tls-key", "c"], "--scheduler と一緒"),
        (
            ["--scheduler", "tls://a:1", "--tls-ca", "a", "--tls-cert", "b", "--tls-key", "c"],
            "TLS のファイル",
        ),
        (["--charset", "big5"], "big5"),
        (["--municipality", "131017"], "検査数字"),
        (["--rows-per-part", "0"], "1 以上|範囲"),
        (["--range", "F8FF-E000"], "--range"),
    ],
)
def test_options_that_make_no_sense(gaiji, engine_is, picture, tmp_path, options, words):
    code, out, err = gaiji("batch", picture, "-o", tmp_path / "out", *options)
    assert (code, out) == (2, "")
    assert any(word in err for word in words.split("|"))
    assert not (tmp_path / "out").exists()


def test_without_a_place_for_the_result(gaiji, picture, tmp_path):
    code, _, err = gaiji("batch", picture)
    assert code == 2
    assert "-o" in err
    assert gaiji("batch", picture, "-o", tmp_path / "no" / "out")[0] == 2


def test_how_far_it_is():
    standing = Standing(rows=120_000, distinct=50_000, rows_before=40_000, share=0.5, share_before=0.25)
    assert meter_line(standing, 100.0) == "120,000 件（異なる図形 50,000）　毎秒 800 件　50.0 %　残り約 3 分"
    assert meter_line(standing, 10.0).endswith("残り 1 分未満")
    assert meter_line(standing, 7200.0).endswith("残り約 4 時間 0 分")
    beginning = Standing(0, 0, 0, 0.0, 0.0)
    assert meter_line(beginning, 0.0) == "0 件（異なる図形 0）　毎秒 0 件　0.0 %　残り時間は計算中"


def test_a_real_run_agrees_with_identify(gaiji, settings, reference_font, tmp_path, monkeypatch):
    from engine.glyph.raster import OutlineRasteriser

    monkeypatch.setenv("GAIJI_CACHE_DIR", str(settings.cache_dir))
    (tmp_path / "in").mkdir()
    face = OutlineRasteriser(reference_font)
    for number, name in enumerate(("mj026190", "mj008095", "mj026190")):
        ink = face.render(face.glyph_id(name))
        Image.fromarray(255 - ink).save(tmp_path / "in" / f"E00{number}.png")
    (tmp_path / "in" / "E003.png").write_bytes(b"no picture")
    code, out, err = gaiji(
        "batch", tmp_path / "in", "-o", tmp_path / "out", "--jobs", "1", "--json", "--kind", "1"
    )
    assert code == 1, err
    assert json.loads(out) == json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert json.loads(out)["distinct"] == 2
    assert "異なる図形 2" in err
    assert gaiji("identify", tmp_path / "in", "-o", tmp_path / "one.parquet", "--kind", "1")[0] == 1

    import pyarrow.parquet as pq

    assert pq.read_table(tmp_path / "out" / "part-00000.parquet").equals(
        pq.read_table(tmp_path / "one.parquet")
    )
    assert gaiji("batch", tmp_path / "in", "-o", tmp_path / "out", "--kind", "1")[0] == 2
    code, _, err = gaiji("batch", tmp_path / "in", "-o", tmp_path / "out", "--resume", "-q", "--kind", "1")
    assert (code, err) == (1, "")
