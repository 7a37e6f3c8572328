/* packager/statement.h - the in-toto statements: lines 1 to 3, and those beside a package.  FORMAT.md section 8. */
#ifndef PACKAGER_STATEMENT_H
#define PACKAGER_STATEMENT_H

#include "packager/run.h"

#define PKG_STATEMENT_EVIDENCE "urn:dryproof:attestation:dry-run-evidence:v1"
#define PKG_STATEMENT_TESTS "https://in-toto.io/attestation/test-result/v0.1"
#define PKG_STATEMENT_PACKET "urn:dryproof:attestation:review-packet:v1"
#define PKG_STATEMENT_FLEET "urn:dryproof:attestation:fleet-evidence:v1"
#define PKG_STATEMENT_VERDICT "https://in-toto.io/attestation/svr/v0.2"
#define PKG_STATEMENT_PREFLIGHT "urn:dryproof:attestation:preflight:v1"

/* pkg_statement_subject(name, sha256): {"digest":{"sha256"},"name"}. */
struct jv *pkg_statement_subject(const char *name, const char *sha256);

/* pkg_statement_build(type, subjects, predicate): a Statement v1; takes both over. */
struct jv *pkg_statement_build(const char *type, struct jv *subjects, struct jv *predicate);

/* pkg_statement_evidence(run, package, facts_sha256, supersedes): line 1; supersedes may be NULL. */
struct jv *pkg_statement_evidence(const struct pkg_run *run, const char *package,
                                  const char *facts_sha256, const char *supersedes);

/* pkg_statement_tests(run, facts, package): line 2. */
struct jv *pkg_statement_tests(const struct pkg_run *run, const struct jv *facts,
                               const char *package);

/* pkg_statement_packet(subjects, package): line 3; takes subjects over. */
struct jv *pkg_statement_packet(struct jv *subjects, const char *package);

/* pkg_statement_fleet(fleet, targets, name, package): of a fleet's archive of that name; fleet is
 * fleet.json; takes targets over. */
struct jv *pkg_statement_fleet(const struct jv *fleet, struct jv *targets, const char *name, const char *package);

#endif
