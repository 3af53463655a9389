"""A made-up package in a made-up apt-get, unpacked by the real dpkg-deb."""

import os
import shutil
import subprocess
import sys

import pytest

from engine.reference import fetch
from engine.reference.fetch import (
    PACKAGES,
    FetchError,
    FontRole,
    fetch_debian_package,
    fetch_role,
    package_dir,
)

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="not a Debian system")

APT = """#!/bin/sh
echo "$@" >> "{log}"
for last in "$@"; do :; done
case " $* " in
*" update "*) touch "{folder}/updated"; exit {update_status};;
*" download "*)
    if [ -e "{folder}/needs-update" ] && [ ! -e "{folder}/updated" ]; then
        echo "E: Unable to locate package $last" >&2; exit 100
    fi
    cp "{folder}/$last.deb" "./${{last}}_1.0_all.deb" || exit 100;;
esac
"""


@pytest.fixture
def apt(tmp_path, monkeypatch):
    """Put a made-up apt-get that knows the package ``fonts-tiny`` first in the path; give its folder."""
    folder = tmp_path / "apt"
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: fonts-tiny\nVersion: 1.0\nArchitecture: all\n"
        "Maintainer: A <a@example.org>\nDescription: made up\n"
    )
    (tree / "usr/share/fonts/tiny").mkdir(parents=True)
    (tree / "usr/share/fonts/tiny/tiny.ttf").write_bytes(b"tiny")
    deb = folder / "fonts-tiny.deb"
    subprocess.run(["dpkg-deb", "-b", str(tree), str(deb)], check=True, capture_output=True)
    write_apt(folder)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def write_apt(folder, update_status=0):
    script = folder / "apt-get"
    script.write_text(APT.format(log=folder / "log", folder=folder, update_status=update_status))
    script.chmod(0o755)


def log(folder):
    return (folder / "log").read_text().splitlines()


@needs_dpkg
def test_a_package_is_unpacked_into_the_cache_once(apt, tmp_path):
    cache = tmp_path / "cache"
    said = []
    folder = fetch_debian_package("fonts-tiny", cache, report=said.append)
    assert folder == package_dir("fonts-tiny", cache) == cache / "debian" / "fonts-tiny"
    assert (folder / "usr/share/fonts/tiny/tiny.ttf").read_bytes() == b"tiny"
    assert len(said) == 1
    assert fetch_debian_package("fonts-tiny", cache, report=said.append) == folder
    assert len(log(apt)) == len(said) == 1
    assert [path.name for path in folder.parent.iterdir()] == ["fonts-tiny"]


@needs_dpkg
def test_lists_are_updated_when_the_package_is_unknown(apt, tmp_path):
    (apt / "needs-update").touch()
    fetch_debian_package("fonts-tiny", tmp_path / "cache")
    assert [line.split()[-1] for line in log(apt)] == ["fonts-tiny", "update", "fonts-tiny"]


@needs_dpkg
def test_without_root_the_lists_are_private(apt, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    (apt / "needs-update").touch()
    fetch_debian_package("fonts-tiny", tmp_path / "cache")
    first, update, again = log(apt)
    assert "Dir::State" not in first
    for line in (update, again):
        assert f"Dir::State::Lists={tmp_path / 'cache' / 'apt' / 'state' / 'lists'}" in line
        assert "Dir::State::status=/var/lib/dpkg/status" in line


@needs_dpkg
def test_private_lists_serve_the_next_package_too(apt, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(fetch, "_run", without_public_lists(fetch._run))
    shutil.copy(apt / "fonts-tiny.deb", apt / "fonts-small.deb")
    (apt / "needs-update").touch()
    fetch_debian_package("fonts-tiny", tmp_path / "cache")
    fetch_debian_package("fonts-small", tmp_path / "cache")
    assert [line.split()[-1] for line in log(apt)] == ["update", "fonts-tiny", "fonts-small"]


def without_public_lists(run):
    """As on a machine whose own package lists know nothing."""

    def run_or_fail(command, folder):
        if "download" in command and not any("Dir::State" in word for word in command):
            raise FetchError("E: Unable to locate package")
        run(command, folder)

    return run_or_fail


@needs_dpkg
def test_a_failure_leaves_nothing_behind_and_quotes_apt(apt, tmp_path):
    with pytest.raises(FetchError, match="ネットワーク") as caught:
        fetch_debian_package("fonts-unknown", tmp_path / "cache")
    assert "fonts-unknown" in str(caught.value)
    assert list((tmp_path / "cache" / "debian").iterdir()) == []
    write_apt(apt, update_status=100)
    with pytest.raises(FetchError, match="update"):
        fetch_debian_package("fonts-unknown", tmp_path / "cache")


@needs_dpkg
def test_a_damaged_archive_leaves_nothing_behind(apt, tmp_path):
    (apt / "fonts-tiny.deb").write_bytes(b"not an archive")
    with pytest.raises(FetchError, match="dpkg-deb"):
        fetch_debian_package("fonts-tiny", tmp_path / "cache")
    assert list((tmp_path / "cache" / "debian").iterdir()) == []


@needs_dpkg
def test_another_process_may_be_faster(apt, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    publish = fetch._publish

    def beaten(tree, target):
        shutil.copytree(tree, target)
        publish(tree, target)

    monkeypatch.setattr(fetch, "_publish", beaten)
    assert (fetch_debian_package("fonts-tiny", cache) / "usr/share/fonts/tiny/tiny.ttf").is_file()


@pytest.mark.parametrize("name", ["", "-o", "a b", "../x", "Fonts", "x;y"])
def test_only_package_names_reach_apt(tmp_path, name):
    with pytest.raises(FetchError, match="パッケージ名"):
        fetch_debian_package(name, tmp_path)


def test_elsewhere_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match="Debian・Ubuntu ではありません"):
        fetch_debian_package("fonts-tiny", tmp_path / "cache")


@needs_dpkg
def test_a_cache_that_cannot_be_written_is_named(apt, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(FetchError, match="GAIJI_CACHE_DIR"):
        fetch_debian_package("fonts-tiny", tmp_path / "cache")


def test_no_package_has_two_roles():
    names = [package.name for package in PACKAGES]
    assert len(names) == len(set(names))
    assert {package.role for package in PACKAGES} == set(FontRole)


def test_a_role_is_all_its_packages(tmp_path):
    for package in PACKAGES:
        package_dir(package.name, tmp_path).mkdir(parents=True)
    found = fetch_role(FontRole.EVALUATION, tmp_path)
    assert [folder.name for folder in found] == [p.name for p in PACKAGES if p.role is FontRole.EVALUATION]


def test_the_module_prints_the_folders(tmp_path, capsys):
    package_dir("fonts-ipamj-mincho", tmp_path).mkdir(parents=True)
    assert fetch.main(["--role", "reference", "--cache", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{package_dir('fonts-ipamj-mincho', tmp_path)}\n"


def test_the_module_says_what_failed(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fetch.main(["--role", "reference", "--cache", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "fonts-ipamj-mincho" in captured.err


def test_the_module_starts_quickly():
    """It runs before anything is built: nothing heavy may come in with it."""
    code = "import sys, engine.reference.fetch; print({'pyarrow', 'fontTools', 'cv2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "set()\n"
