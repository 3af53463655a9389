import json
import os
import sys

import pytest

from engine.reference.prune import prune_indexes
from engine.settings import Settings


@pytest.fixture
def cache(tmp_path, tiny_settings):
    return Settings(tiny_settings.data_dirs, tmp_path, tiny_settings.reference)


def make(settings, name, manifest):
    folder = settings.cache_dir / "index" / name
    folder.mkdir(parents=True)
    (folder / "vectors.npy").write_bytes(bytes(2**20))
    if manifest is not None:
        (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    return folder


def an_index(settings, name, reference):
    return make(settings, name, json.dumps({"basis": {"reference": reference}}))


def test_only_other_indexes_of_the_same_set_go(cache, tiny_refset):
    keep = an_index(cache, "tiny-1-aaaa", "tiny-1")
    old = an_index(cache, "tiny-1-bbbb", "tiny-1")
    stay = [
        keep,
        an_index(cache, "mojikiban-006-cccc", "mojikiban-006"),
        an_index(cache, "tiny-1-x-dddd", "tiny-1-x"),  # another set whose name begins alike
        make(cache, "tiny-1-photos", None),
        make(cache, "tiny-1-broken", "{"),
        make(cache, "tiny-1-list", "[]"),
    ]
    pruned = prune_indexes(tiny_refset, cache, keep)
    assert pruned.removed == (old,)
    assert pruned.in_use == ()
    assert pruned.freed_mb == pytest.approx(1, abs=0.01)
    assert sorted((cache.cache_dir / "index").iterdir()) == sorted(stay)
    assert prune_indexes(tiny_refset, cache, keep).removed == ()


def test_what_interrupted_runs_left_goes_once_it_is_old(cache, tiny_refset):
    keep = an_index(cache, "tiny-1-aaaa", "tiny-1")
    fresh, abandoned = make(cache, "building-x", None), make(cache, "building-y", None)
    half_gone = make(cache, "removing-tiny-1-bbbb", None)
    os.utime(abandoned, (0, 0))
    assert prune_indexes(tiny_refset, cache, keep).removed == (abandoned, half_gone)
    assert fresh.exists()


def test_without_any_index_there_is_nothing_to_do(cache, tiny_refset):
    assert prune_indexes(tiny_refset, cache, cache.cache_dir / "index" / "none").removed == ()


def test_a_folder_in_use_stays_whole(cache, tiny_refset, monkeypatch):
    keep = an_index(cache, "tiny-1-aaaa", "tiny-1")
    old = an_index(cache, "tiny-1-bbbb", "tiny-1")

    def refuse(self, target):
        raise PermissionError(13, "in use", str(self))

    monkeypatch.setattr(type(old), "replace", refuse)
    pruned = prune_indexes(tiny_refset, cache, keep)
    assert (pruned.removed, pruned.in_use, pruned.freed_mb) == ((), (old,), 0)
    assert {path.name for path in old.iterdir()} == {"vectors.npy", "manifest.json"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_is_not_followed(cache, tiny_refset, tmp_path):
    keep = an_index(cache, "tiny-1-aaaa", "tiny-1")
    elsewhere = an_index(Settings(cache.data_dirs, tmp_path / "elsewhere", cache.reference), "x", "tiny-1")
    (cache.cache_dir / "index" / "tiny-1-bbbb").symlink_to(elsewhere, target_is_directory=True)
    assert prune_indexes(tiny_refset, cache, keep).removed == ()
    assert (elsewhere / "manifest.json").exists()
