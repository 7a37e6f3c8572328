exports.up = (db) => db.createTable('author', { id: { type: 'int', primaryKey: true }, name: 'text' });
exports.down = (db) => db.dropTable('author');
exports._meta = { version: 1 };
