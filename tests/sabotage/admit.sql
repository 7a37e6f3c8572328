-- tests/sabotage/admit.sql - run behind a lie that is to be found by what it does: the
-- liar gets honest papers, so that no stale admission gives it away.
DELETE FROM c1.dot_admission;
\ir ../../carriers/admissions/c1.sql
