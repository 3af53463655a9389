#!/bin/sh
# usage: .ci/venv.sh PYTHON VENV LOCK
#
# Make the virtual environment VENV with uv in it, from whatever Python is there. Debian leaves ensurepip (and so
# pip) out of python3; its wheel of pip is then unpacked from the package python3-pip-whl into a temporary folder and
# used once. Nothing outside VENV is changed, so no root is needed. The version and hashes of uv come from LOCK.
set -eu

python=$1 venv=$2 lock=$3

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

command -v "$python" >/dev/null || fail "$python が見つかりません。Python 3.11 以上を入れるか、make PYTHON=… で場所を示してください。"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python は古い版です。Python 3.11 以上を make PYTHON=… で示してください。"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"  # root's apt downloads as the user _apt

# Only the lines of uv itself: pip checks their hashes.
awk '/^[^ #]/ { keep = /^uv==/ } keep' "$lock" >"$work/uv.txt"

download_pip() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
        fail "この Python には venv を作る部品 (ensurepip) がありません。" \
            "お使いの OS の手順で python3-venv を入れてから、もう一度実行してください。"
    mkdir -p "$work/deb" "$work/state/lists/partial" "$work/cache/archives/partial"
    cd "$work/deb"
    # The machine's own package lists may be missing or too old, and only root may refresh those: use private ones then.
    apt-get -qq download python3-pip-whl 2>/dev/null || {
        set -- -qq -o "Dir::State=$work/state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$work/cache"
        apt-get "$@" update && apt-get "$@" download python3-pip-whl
    } || fail "Debian のパッケージ python3-pip-whl を取り寄せられません。ネットワークの設定を確かめるか、" \
        "管理者に python3-venv の導入を頼んでください。"
    dpkg-deb -x python3-pip-whl_*.deb "$work/pip"
    cd "$OLDPWD"
}

rm -rf "$venv"
if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv "$venv"
    wheel=
else
    "$python" -m venv --without-pip "$venv"
    download_pip
    wheel=$(ls "$work"/pip/usr/share/python-wheels/pip-*.whl)
fi
PYTHONPATH=$wheel "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes --only-binary :all: --requirement "$work/uv.txt"
