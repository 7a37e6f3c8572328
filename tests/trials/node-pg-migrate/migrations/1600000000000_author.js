exports.up = (pgm) => pgm.createTable('author', { id: 'id', name: 'text' });
exports.down = (pgm) => pgm.dropTable('author');
