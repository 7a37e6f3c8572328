const { PostgresDialect } = require('kysely');
const { Pool } = require('pg');
module.exports = { dialect: new PostgresDialect({ pool: new Pool() }), migrations: { allowJS: true } };
