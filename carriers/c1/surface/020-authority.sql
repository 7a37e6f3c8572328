-- carriers/c1/surface/020-authority.sql
--
-- What:    schema c1 and the authority table, 14 active rows.
-- Source:  the operators' facts (C1.md section 2, c1-authority.json as of
--          2026-06-22).  _dot_origin of enact_nrm is NULL because the published
--          text was cut there; the manifest hash does not cover that column.
-- Role:    superuser.  PostgreSQL 14 and later; database encoding UTF8.

DO $$
BEGIN
    IF pg_catalog.current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'the C1 surface needs a database with encoding UTF8';
    END IF;
END
$$;

CREATE SCHEMA c1 AUTHORIZATION c1_owner;

CREATE TABLE c1.apr_action_types_fixture (
    action_code text PRIMARY KEY,
    risk_level  text NOT NULL,
    handler_ref text NOT NULL,
    status      text NOT NULL,
    _dot_origin text
);

INSERT INTO c1.apr_action_types_fixture VALUES
    ('activate_event_type',        'high',   'unimplemented',             'active', 'PG:sb1-gov-vocab'),
    ('add_field',                  'medium', 'dot-apr-execute:add_field', 'active', 'MIGRATION'),
    ('amend_law',                  'high',   'unimplemented',             'active', 'MIGRATION'),
    ('assign_axis_owner',          'high',   'unimplemented',             'active', 'PG:sb1-gov-vocab'),
    ('assign_governance_owner',    'high',   'unimplemented',             'active', 'PG:sb1-gov-vocab'),
    ('authorize_build_step',       'high',   'unimplemented',             'active', 'PG:sb1-gov-vocab'),
    ('create_item',                'low',    'dot-apr-execute:create',    'active', 'MIGRATION'),
    ('delegate_authority',         'high',   'unimplemented',             'active', 'PG:sb1-gov-vocab'),
    ('enact_nrm',                  'high',   'unimplemented',             'active', NULL),
    ('grant_governance_exception', 'high',   'unimplemented',             'active', 'PG:sb1-gov-vocab'),
    ('patch_ops_code',             'high',   'dot-apr-execute:patch_ops', 'active', 'MIGRATION'),
    ('register_axis',              'high',   'unimplemented',             'active', 'PG:sb1-gov-vocab'),
    ('register_topic_node',        'high',   'unimplemented',             'active', 'PG:sb1-gov-vocab'),
    ('update_item',                'low',    'dot-apr-execute:update',    'active', 'MIGRATION');
