"""``gaiji reference``: pruning."""

import json


def test_build_prunes_on_request_only(gaiji, tiny_settings, monkeypatch):
    monkeypatch.setenv("GAIJI_DATA_DIR", str(tiny_settings.data_dirs[0]))
    monkeypatch.setenv("GAIJI_CACHE_DIR", str(tiny_settings.cache_dir))
    monkeypatch.setenv("GAIJI_REFERENCE", "tiny")
    old = tiny_settings.cache_dir / "index" / "tiny-1-0123456789ab"
    old.mkdir(parents=True)
    (old / "manifest.json").write_text(json.dumps({"basis": {"reference": "tiny-1"}}), encoding="utf-8")
    code, _, err = gaiji("reference", "build", "--quiet")
    assert code == 0, err
    assert old.exists()
    code, out, _ = gaiji("reference", "build", "--quiet", "--prune")
    assert code == 0
    assert "消しました" in out
    assert not old.exists()
    assert "使わなくなった索引はありません" in gaiji("reference", "build", "--quiet", "--prune")[1]
