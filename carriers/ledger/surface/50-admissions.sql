-- surface/50-admissions.sql - one record for each function and its contract, with
-- their digests (FORMAT.md section 4).  The sandbox loads it with label=rehearsal, which no
-- governed run accepts.  Where somebody else admits, the file is theirs: ../../admissions/NAME.sql.
INSERT INTO ledger.admission
SELECT c.code, 'the monthly closing needs it',
       encode(sha256(convert_to(c.endpoint || E'\n' || CASE WHEN p.prosecdef THEN 't' ELSE 'f' END
                                || E'\n' || p.prosrc, 'UTF8')), 'hex'),
       encode(sha256(convert_to(c.code || E'\t' || c.endpoint || E'\t' || coalesce(c.partner, '\N'), 'UTF8')), 'hex'),
       :'label'
  FROM ledger.contract AS c JOIN pg_catalog.pg_proc AS p ON p.oid = c.endpoint::regprocedure;
