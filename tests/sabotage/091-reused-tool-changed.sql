-- tests/sabotage/091-reused-tool-changed.sql - a reused DOT's registry row is not the one that the plan reuses.
UPDATE c1.dot_tools SET file_path = '/opt/elsewhere' WHERE code = 'DOT-120';
