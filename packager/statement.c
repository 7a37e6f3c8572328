/* packager/statement.c - see packager/statement.h. */
#include "packager/statement.h"

#include "base/version.h"
#include "packager/report.h"

struct jv *pkg_statement_subject(const char *name, const char *sha256)
{
    struct jv *digest = jv_set(jv_object(), "sha256", jv_string(sha256));

    return jv_set(jv_set(jv_object(), "digest", digest), "name", jv_string(name));
}

struct jv *pkg_statement_build(const char *type, struct jv *subjects, struct jv *predicate)
{
    struct jv *s = jv_set(jv_object(), "_type", jv_string("https://in-toto.io/Statement/v1"));

    jv_set(s, "predicate", predicate);
    jv_set(s, "predicateType", jv_string(type));
    return jv_set(s, "subject", subjects);
}

static struct jv *package_subject(const char *package)
{
    return jv_add(jv_array(), pkg_statement_subject("package.tar", package));
}

static void copy_members(struct jv *to, const struct jv *from, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        jv_set(to, names[i], jv_copy(jv_get(from, names[i])));
}

struct jv *pkg_statement_evidence(const struct pkg_run *run, const char *package,
                                  const char *facts_sha256, const char *supersedes)
{
    static const char *const of_run[] = {"carrier", "finished_at", "plan_ref", "plan_sha256",
                                         "run_id", "started_at"};
    static const char *const of_identity[] = {"server_version", "system_identifier", "timeline"};
    struct jv *p = jv_object();
    struct jv *database = jv_object();
    struct jv *lsn = jv_object();

    copy_members(p, run->run, of_run, sizeof of_run / sizeof *of_run);
    copy_members(database, run->identity[PKG_BEFORE], of_identity,
                 sizeof of_identity / sizeof *of_identity);
    jv_set(database, "name", jv_copy(jv_get(run->identity[PKG_BEFORE], "database")));
    jv_set(lsn, "after", jv_copy(jv_get(run->wal, "after_lsn")));
    jv_set(lsn, "before", jv_copy(jv_get(run->wal, "before_lsn")));
    jv_set(p, "database", database);
    jv_set(p, "facts_sha256", jv_string(facts_sha256));
    jv_set(p, "lsn", lsn);
    jv_set(p, "profile", jv_int(1));
    jv_set(p, "supersedes", jv_string(supersedes));
    jv_set(p, "tool", jv_string("dryproof-pack " DRYPROOF_VERSION));
    return pkg_statement_build(PKG_STATEMENT_EVIDENCE, package_subject(package), p);
}

struct jv *pkg_statement_tests(const struct pkg_run *run, const struct jv *facts,
                               const char *package)
{
    const struct jv *cases = jv_get(jv_get(run->plan.doc, "harness"), "cases");
    struct jv *passed = jv_array();
    struct jv *failed = jv_array();
    struct jv *p = jv_object();

    for (size_t i = 0; i < cases->count; i++)
        jv_add(pkg_report_passed(run, facts, i) ? passed : failed,
               jv_copy(jv_get(cases->items[i], "name")));
    jv_set(p, "configuration",
           jv_add(jv_array(), pkg_statement_subject("plan", run->plan.sha256)));
    jv_set(p, "result", jv_string(failed != NULL && failed->count == 0 ? "PASSED" : "FAILED"));
    jv_set(p, "failedTests", failed);
    jv_set(p, "passedTests", passed);
    jv_set(p, "warnedTests", jv_array());
    return pkg_statement_build(PKG_STATEMENT_TESTS, package_subject(package), p);
}

struct jv *pkg_statement_packet(struct jv *subjects, const char *package)
{
    struct jv *p = jv_set(jv_object(), "package", jv_string(package));

    return pkg_statement_build(PKG_STATEMENT_PACKET, subjects, jv_set(p, "profile", jv_int(1)));
}

struct jv *pkg_statement_fleet(const struct jv *fleet, struct jv *targets, const char *name, const char *package)
{
    static const char *const of_fleet[] = {"finished_at", "fleet_id", "started_at"};
    struct jv *p = jv_object();

    copy_members(p, fleet, of_fleet, sizeof of_fleet / sizeof *of_fleet);
    jv_set(p, "profile", jv_int(1));
    jv_set(p, "targets", targets);
    jv_set(p, "tool", jv_string("dryproof-pack " DRYPROOF_VERSION));
    return pkg_statement_build(PKG_STATEMENT_FLEET, jv_add(jv_array(), pkg_statement_subject(name, package)), p);
}
