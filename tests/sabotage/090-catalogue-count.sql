-- tests/sabotage/090-catalogue-count.sql - the catalogue records 309 DOTs.
UPDATE c1.dot_catalog SET recorded_count = 309 WHERE code = 'CAT-006';
