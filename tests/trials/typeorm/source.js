const { DataSource, EntitySchema } = require('typeorm');

const author = new EntitySchema({
  name: 'author',
  columns: { id: { type: 'int', primary: true }, name: { type: 'text' } },
});
class Author1600000000000 {
  name = 'Author1600000000000';
  up(runner) { return runner.query('CREATE TABLE "author" ("id" integer NOT NULL, "name" text NOT NULL, CONSTRAINT "PK_5a0e79799d372fe56f2f3fa6871" PRIMARY KEY ("id"))'); }
  down(runner) { return runner.query('DROP TABLE "author"'); }
}
const { PGHOST: host, PGPORT: port, PGUSER: username, PGDATABASE: database } = process.env;
module.exports.source = new DataSource({
  type: 'postgres', host, port, username, database, installExtensions: true,
  entities: [author], migrations: [Author1600000000000],
});
