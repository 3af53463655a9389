#!/bin/sh
# usage: .ci/postgresql.sh COMMAND…
#
# Run COMMAND with GAIJI_TEST_DATABASE_URL naming a PostgreSQL server of its own: a new cluster in a temporary folder,
# reached by a socket there, gone afterwards. Debian's package is installed where it is missing (as root).
set -eu

binaries() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
[ -n "$(binaries)" ] || "$(dirname "$0")/packages.sh" .venv/postgresql postgres postgresql
programs=$(binaries)
[ -n "$programs" ] || { echo "PostgreSQL が見つかりません。管理者に導入を頼んでください。" >&2; exit 1; }

work=$(mktemp -d)
as_server() { "$@"; }
if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
    chown postgres "$work"
    as_server() { runuser -u postgres -- "$@"; }
fi
chmod 755 "$work"
stop() {
    as_server "$programs/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap stop EXIT

as_server "$programs/initdb" -D "$work/data" --auth=trust --username=gaiji --encoding=UTF8 --locale=C >/dev/null
as_server "$programs/pg_ctl" -D "$work/data" -w -l "$work/log" \
    -o "-k $work -c listen_addresses='' -c max_connections=200 -c fsync=off" start >/dev/null
GAIJI_TEST_DATABASE_URL="postgresql+psycopg://gaiji@/postgres?host=$work" "$@"
