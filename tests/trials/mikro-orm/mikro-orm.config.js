const { EntitySchema, PostgreSqlDriver } = require('@mikro-orm/postgresql');
const { Migrator } = require('@mikro-orm/migrations');
const author = new EntitySchema({ name: 'author', properties: { id: { type: 'number', primary: true }, name: { type: 'text' } } });
const { PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: dbName } = process.env;
module.exports = {
  driver: PostgreSqlDriver, host, port: Number(port), user, dbName, entities: [author],
  extensions: [Migrator], migrations: { path: './migrations', snapshot: false },
};
