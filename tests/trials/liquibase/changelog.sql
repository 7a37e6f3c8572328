--liquibase formatted sql
--changeset trials:author
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
--rollback DROP TABLE author;
