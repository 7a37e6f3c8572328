CREATE TABLE item (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text NOT NULL);
INSERT INTO item (name) VALUES ('bolt'), ('nut');
CREATE SEQUENCE ticket;
-- a SELECT that writes
CREATE FUNCTION add_item(text) RETURNS int LANGUAGE sql AS 'INSERT INTO item (name) VALUES ($1) RETURNING id';
