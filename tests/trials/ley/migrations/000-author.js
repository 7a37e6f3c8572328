exports.up = (client) => client.query('CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL)');
exports.down = (client) => client.query('DROP TABLE author');
