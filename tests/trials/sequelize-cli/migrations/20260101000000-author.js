module.exports = {
  up: (q, types) => q.createTable('author', { id: { type: types.INTEGER, primaryKey: true }, name: types.TEXT }),
  down: (q) => q.dropTable('author'),
};
