exports.up = (knex) => knex.schema.createTable('author', (t) => { t.increments(); t.text('name'); });
exports.down = (knex) => knex.schema.dropTable('author');
