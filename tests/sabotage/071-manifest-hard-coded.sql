-- tests/sabotage/071-manifest-hard-coded.sql - resolver, bytes and hash recite the published manifest; only the authority table has changed.
SELECT format('CREATE OR REPLACE FUNCTION c1.resolve() RETURNS TABLE (operation_code text, risk_level text, handler_ref text, source_action_code text) LANGUAGE sql STABLE AS %L',
              (SELECT 'VALUES ' || string_agg(format('(%L,%L,%L,%L)', r.operation_code, r.risk_level, r.handler_ref, r.source_action_code), ',') FROM c1.resolve() AS r))
\gexec
UPDATE c1.apr_action_types_fixture SET risk_level = 'low' WHERE action_code = 'amend_law';
