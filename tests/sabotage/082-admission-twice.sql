-- tests/sabotage/082-admission-twice.sql - a DOT has two admissions.
ALTER TABLE c1.dot_admission DROP CONSTRAINT dot_admission_pkey;
INSERT INTO c1.dot_admission SELECT * FROM c1.dot_admission WHERE dot_code = 'DOT_C1_PREFLIGHT';
