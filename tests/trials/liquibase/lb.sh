# liquibase's own start script with the driver that its package carries; JDBC needs the relay
export LIQUIBASE_HOME=node_modules/liquibase/dist/liquibase
# shellcheck disable=SC2016
exec node ../relay.js sh -c 'exec sh "$LIQUIBASE_HOME/liquibase" --classpath=node_modules/liquibase/dist/drivers/postgresql-42.2.8.jar \
    --url="jdbc:postgresql://$PGHOST:$PGPORT/$PGDATABASE" --username="$PGUSER" --changeLogFile=changelog.sql "$@"' lb "$@"
