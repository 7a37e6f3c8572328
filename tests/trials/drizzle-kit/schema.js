const { integer, pgTable, text } = require('drizzle-orm/pg-core');
exports.author = pgTable('author', { id: integer().primaryKey(), name: text().notNull() });
