-- tests/sabotage/041-owner-missing.sql - nobody owns the vocabulary table; none of the seven preflight checks asks.
DELETE FROM c1.governance_object_ownership;
