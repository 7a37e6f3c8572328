module.exports = { client: 'pg', connection: {} }; // node-pg reads the PG* variables
