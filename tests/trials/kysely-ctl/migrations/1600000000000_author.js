exports.up = (db) => db.schema.createTable('author').addColumn('id', 'integer', (c) => c.primaryKey()).addColumn('name', 'text').execute();
exports.down = (db) => db.schema.dropTable('author').execute();
