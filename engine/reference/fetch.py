"""Fetch font packages of Debian into the cache, as root or not, without installing anything.

    python -m engine.reference.fetch --role reference

A package's files end up under ``<cache>/debian/<package>/usr/share/…``. ``apt-get download`` checks the
signatures; ``dpkg-deb -x`` unpacks. Someone without root whose machine has no package lists gets private ones
in the cache.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import GaijiError, ReferenceSetError
from engine.settings import Settings

_PACKAGE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")  # Debian Policy 5.6.1
_TIMEOUT_S = 900


class FetchError(ReferenceSetError):
    """A package could not be fetched; the message says what to do instead."""

    code = "fetch-failed"


class FontRole(StrEnum):
    """What a font is for. No font is ever in two roles: what measures must not have taught."""

    REFERENCE = "reference"
    TRAINING = "training"
    EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True)
class FontPackage:
    """One Debian package of fonts.

    Attributes
    ----------
    name : str
        Debian package.
    role : FontRole
    title : str
        Fonts in it that we use.
    """

    name: str
    role: FontRole
    title: str


PACKAGES: tuple[FontPackage, ...] = (
    FontPackage("fonts-ipamj-mincho", FontRole.REFERENCE, "IPAmj明朝"),
    FontPackage("fonts-hanazono", FontRole.TRAINING, "花園明朝 A・B"),
    FontPackage("fonts-noto-cjk", FontRole.TRAINING, "Noto Serif CJK Regular・Bold"),
    FontPackage("fonts-noto-cjk-extra", FontRole.TRAINING, "Noto Serif CJK ExtraLight 他"),
    FontPackage("fonts-cns11643-sung", FontRole.TRAINING, "全字庫正宋體"),
    FontPackage("fonts-takao-mincho", FontRole.TRAINING, "Takao明朝"),
    FontPackage("fonts-ipaexfont-mincho", FontRole.TRAINING, "IPAex明朝"),
    FontPackage("fonts-arphic-uming", FontRole.TRAINING, "AR PL UMing"),
    FontPackage("fonts-horai-umefont", FontRole.EVALUATION, "梅明朝"),
    FontPackage("fonts-sawarabi-mincho", FontRole.EVALUATION, "さわらび明朝"),
    FontPackage("xfonts-jisx0213", FontRole.EVALUATION, "jiskan16（16ドット）"),
    FontPackage("xfonts-shinonome", FontRole.EVALUATION, "東雲（16ドット）"),
)
"""Every package that the project uses."""


def package_dir(package: str, cache_dir: Path) -> Path:
    """Return the folder that holds, or will hold, the files of a package."""
    return cache_dir / "debian" / package


def fetch_debian_package(
    package: str, cache_dir: Path, *, report: Callable[[str], None] = lambda _: None
) -> Path:
    """Fetch and unpack a package, unless it is in the cache already.

    Parameters
    ----------
    package : str
        Debian package name.
    cache_dir : Path
        The cache of the settings.
    report : callable
        Given a Japanese line before each slow step.

    Returns
    -------
    Path
        ``<cache_dir>/debian/<package>``; it appears complete or not at all.

    Raises
    ------
    FetchError
        Not a Debian system, no connection, or no such package.
    """
    if not _PACKAGE_NAME.fullmatch(package):
        msg = f"「{package}」は Debian のパッケージ名ではありません。"
        raise FetchError(msg)
    target = package_dir(package, cache_dir)
    if target.is_dir():
        return target
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        msg = (
            f"{package} を取り寄せられません。この計算機は Debian・Ubuntu ではありません"
            "（apt-get と dpkg-deb がない）。フォントのファイルを別に入手してください。"
        )
        raise FetchError(msg)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as work:
            archive = _download(package, Path(work), cache_dir, report)
            tree = Path(work) / "tree"
            _run(["dpkg-deb", "-x", str(archive), str(tree)], Path(work))
            _publish(tree, target)
    except OSError as error:
        msg = (
            f"{target} に書けません（{error.strerror}）。"
            "環境変数 GAIJI_CACHE_DIR に、書けるフォルダーを指定してください。"
        )
        raise FetchError(msg) from error
    return target


def debian_font(
    package: str, name: str, cache_dir: Path, *, report: Callable[[str], None] = lambda _: None
) -> Path:
    """Return a font file of a Debian package; the package is fetched unless it is in the cache already.

    Parameters
    ----------
    package : str
        Debian package name.
    name : str
        File name, wherever the package has it.
    cache_dir, report
        As for :func:`fetch_debian_package`.

    Raises
    ------
    FetchError
        As for :func:`fetch_debian_package`, or the package has no such file.
    """
    folder = fetch_debian_package(package, cache_dir, report=report)
    found = next(iter(sorted(folder.rglob(name))), None)
    if found is None:
        msg = f"パッケージ {package} に {name} がありません。{folder} を消して、もう一度実行してください。"
        raise FetchError(msg)
    return found


def _publish(tree: Path, target: Path) -> None:
    try:
        tree.replace(target)
    except OSError:
        if not target.is_dir():  # else another process was faster, and its copy is as good
            raise


def _download(package: str, work: Path, cache_dir: Path, report: Callable[[str], None]) -> Path:
    """Download the package's archive into ``work``, updating the package lists if need be."""
    report(f"{package} を取り寄せています")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    # The download goes to a folder that apt's sandbox user cannot enter; root may say so.
    options = ["-o", "APT::Sandbox::User=root"] if root else []
    private = cache_dir / "apt"
    attempts = [options]
    if not root and private.is_dir():  # lists fetched for an earlier package
        attempts.append(_private_lists(private))
    if not any(_can_download(package, work, attempt) for attempt in attempts):
        report("パッケージの一覧を更新しています")
        if not root:
            options = _private_lists(private)
        _run(["apt-get", "-q", *options, "update"], work)
        _run(["apt-get", "-q", *options, "download", package], work)
    archives = sorted(work.glob("*.deb"))
    if len(archives) != 1:
        msg = f"{package} を取り寄せましたが、.deb が {len(archives)} 個あります（1 個のはず）。"
        raise FetchError(msg)
    return archives[0]


def _can_download(package: str, work: Path, options: Sequence[str]) -> bool:
    """Download with the package lists as they are; False where they are too old, or there are none."""
    try:
        _run(["apt-get", "-q", *options, "download", package], work)
    except FetchError:
        return False
    return True


def _private_lists(folder: Path) -> list[str]:
    """Make folders for package lists of one's own; return the options that make apt use them."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    pairs = {
        "Dir::State": folder / "state",
        "Dir::State::Lists": folder / "state" / "lists",
        "Dir::State::status": Path("/var/lib/dpkg/status"),
        "Dir::Cache": folder / "cache",
    }
    return [word for key, value in pairs.items() for word in ("-o", f"{key}={value}")]


def _run(command: Sequence[str], folder: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(  # noqa: S603 - fixed words and a checked package name
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        msg = (
            f"「{' '.join(command)}」が {_TIMEOUT_S} 秒たっても終わりません。ネットワークを確かめてください。"
        )
        raise FetchError(msg) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()[-3:]
        msg = (
            f"「{' '.join(command)}」が失敗しました: {' / '.join(said)}。"
            "ネットワークと /etc/apt の設定を確かめてください。"
        )
        raise FetchError(msg) from error


def fetch_role(
    role: FontRole, cache_dir: Path, *, report: Callable[[str], None] = lambda _: None
) -> list[Path]:
    """Fetch every package of a role; return their folders in the order of :data:`PACKAGES`."""
    return [
        fetch_debian_package(package.name, cache_dir, report=report)
        for package in PACKAGES
        if package.role is role
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch the packages of the given roles; print the folders. Exit 1 where one failed."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.reference.fetch", description="フォントのパッケージをキャッシュに取り寄せる"
    )
    parser.add_argument(
        "--role", action="append", required=True, choices=[str(role) for role in FontRole], help="用途"
    )
    parser.add_argument("--cache", type=Path, help="キャッシュのフォルダー（既定は設定のもの）")
    options = parser.parse_args(arguments)
    cache_dir: Path = options.cache or Settings.from_environment().cache_dir
    try:
        for role in options.role:
            for folder in fetch_role(FontRole(role), cache_dir, report=_to_stderr):
                sys.stdout.write(f"{folder}\n")
    except GaijiError as error:
        _to_stderr(str(error))
        return 1
    return 0


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
