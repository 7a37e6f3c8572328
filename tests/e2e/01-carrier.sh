# tests/e2e/01-carrier.sh - the C1 surface's own assertions; the manifest hash inside PostgreSQL.
. tests/lib.sh
new_database carrier
as_superuser -d carrier -f tests/carrier/c1.sql 2>&1
exits 0 "every assertion of the carrier ran" as_superuser -d carrier -f tests/carrier/c1.sql
