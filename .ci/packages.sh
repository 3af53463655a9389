#!/bin/sh
# usage: .ci/packages.sh FOLDER PROGRAM PACKAGE…
#
# Make sure that PROGRAM of the Debian PACKAGEs can be run. Where it is not on this machine: root installs the
# packages; anybody else unpacks them, with all that they depend on and the machine lacks, below FOLDER and gets a
# starter FOLDER/bin/PROGRAM. On a machine without apt, PROGRAM has to be there already.
set -eu

folder=$1 program=$2
shift 2

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

complete() { # fonts are no program: ask dpkg for every package
    for package; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || return 1
    done
}

if [ -x "$folder/bin/$program" ]; then exit 0; fi
if command -v "$program" >/dev/null && { ! command -v dpkg-query >/dev/null || complete "$@"; }; then exit 0; fi
command -v apt-get >/dev/null || fail "$program が見つかりません。お使いの OS の手順で入れてから、もう一度実行してください。"

if [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends "$@" >/dev/null
    exit 0
fi

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$folder/apt
mkdir -p "$work/lists/partial" "$work/archives/partial" "$folder/files" "$folder/bin"
options="-qq -o Dir::State::Lists=$work/lists -o Dir::Cache=$work -o Dir::State::status=/var/lib/dpkg/status"
# shellcheck disable=SC2086  # the options are words
apt-get $options update
cd "$work/archives"
# shellcheck disable=SC2086
apt-get $options install -y --no-install-recommends --print-uris -o Debug::NoLocking=1 "$@" |
    sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p" >names
# shellcheck disable=SC2046,SC2086
apt-get $options download $(cat names) ||
    fail "Debian のパッケージ $* を取り寄せられません。ネットワークの設定を確かめるか、管理者に導入を頼んでください。"
for package in *.deb; do dpkg-deb -x "$package" "$folder/files"; done
rm -rf "$work"
binary=$(find "$folder/files/usr/bin" "$folder/files/usr/lib" -name "$program" -type f | sort -r | head -n 1)
[ -n "$binary" ] || fail "取り寄せたパッケージに $program がありません。"
libraries=$(find "$folder/files" -name '*.so*' -exec dirname {} + | sort -u | tr '\n' ':')
cat >"$folder/fonts.conf" <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$folder/files/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$folder/fonts</cachedir></fontconfig>
XML
cat >"$folder/bin/$program" <<SH
#!/bin/sh
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}" FONTCONFIG_FILE="$folder/fonts.conf"
exec "$binary" "\$@"
SH
chmod 755 "$folder/bin/$program"
