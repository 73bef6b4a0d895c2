#!/bin/sh
# Creates or upgrades Temporal's two databases. Runs in temporalio/admin-tools before each start of the server; repeating
# it changes nothing. SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD say where.
set -eu

schema=/etc/temporal/schema/postgresql/v12

prepare() {
    database=$1
    versions=$2
    set -- --plugin postgres12 --ep "$SQL_HOST" --port "$SQL_PORT" --user "$SQL_USER" --db "$database"
    temporal-sql-tool "$@" create
    temporal-sql-tool "$@" setup-schema -v 0.0
    temporal-sql-tool "$@" update-schema -d "$schema/$versions/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
