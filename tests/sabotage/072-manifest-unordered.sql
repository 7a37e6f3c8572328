-- tests/sabotage/072-manifest-unordered.sql - the manifest lists its operations in a random order.
SELECT lie.edit('c1.build_manifest()', 'ORDER BY r.operation_code COLLATE "C"', 'ORDER BY random()');
