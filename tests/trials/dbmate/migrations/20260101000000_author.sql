-- migrate:up
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
-- migrate:down
DROP TABLE author;
