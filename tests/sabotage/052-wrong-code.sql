-- tests/sabotage/052-wrong-code.sql - a request is refused, with another case's code.
SELECT lie.edit('c1.check_build_request(jsonb,text)', 'REJECT_PRODUCTION_TARGET', 'REJECT_C2_CROSS_MUTATION');
