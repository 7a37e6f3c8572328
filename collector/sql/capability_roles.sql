-- collector/sql/capability_roles.sql
-- What:    whose rights the role $1 (text) can act with: its own, those of every role that
--          it is a member of, and those of the owner of every SECURITY DEFINER function that
--          one of these may execute.  A superuser's functions add nothing.
-- Source:  pg_auth_members, pg_proc; FORMAT.md section 3, capability.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: oid text; via text: how the role comes by it.
-- Order:   the role itself, memberships, functions; each bytewise by via.
WITH RECURSIVE who(oid, rolname, rolsuper) AS (
    SELECT oid, rolname, rolsuper FROM pg_roles WHERE rolname = $1
    UNION
    SELECT r.oid, r.rolname, r.rolsuper
      FROM who AS w,
           LATERAL (SELECT m.roleid FROM pg_auth_members AS m WHERE m.member = w.oid
                    UNION ALL
                    SELECT p.proowner FROM pg_proc AS p
                     WHERE p.prosecdef AND NOT w.rolsuper
                       AND has_function_privilege(w.oid, p.oid, 'EXECUTE')) AS x(oid),
           LATERAL (SELECT oid, rolname, rolsuper FROM pg_roles WHERE oid = x.oid) AS r),
membership(oid, by) AS (
    SELECT m.roleid, min(w.rolname::text COLLATE "C")
      FROM pg_auth_members AS m JOIN who AS w ON w.oid = m.member
     GROUP BY m.roleid),
definer(oid, function) AS (
    SELECT p.proowner, min(p.oid::regprocedure::text COLLATE "C")
      FROM pg_proc AS p
     WHERE p.prosecdef
       AND EXISTS (SELECT 1 FROM who AS w
                    WHERE NOT w.rolsuper AND has_function_privilege(w.oid, p.oid, 'EXECUTE'))
     GROUP BY p.proowner),
named(oid, rank, via) AS (
    SELECT w.oid, CASE WHEN w.rolname = $1 THEN 1 WHEN m.oid IS NOT NULL THEN 2 ELSE 3 END,
           CASE WHEN w.rolname = $1 THEN format('role %I', w.rolname)
                WHEN m.oid IS NOT NULL THEN format('%I member of %I', m.by, w.rolname)
                ELSE format('function %s of owner %I', d.function, w.rolname) END
      FROM who AS w LEFT JOIN membership AS m USING (oid) LEFT JOIN definer AS d USING (oid))
SELECT oid::text, via FROM named ORDER BY rank, via COLLATE "C"
