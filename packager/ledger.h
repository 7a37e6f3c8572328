/* packager/ledger.h - the ledger of an evidence repository.  FORMAT.md section 9. */
#ifndef PACKAGER_LEDGER_H
#define PACKAGER_LEDGER_H

#include "base/json.h"
#include "packager/git.h"

#define PKG_LEDGER_NAME 16 /* "000001.json" and a NUL */

struct pkg_ledger {
    struct jv *entries;        /* array of payloads, oldest first */
    char previous[DIGEST_HEX]; /* SHA-256 of the newest file, "" when there is none */
};

/* pkg_ledger_read(g, commit, out, e): all entries of a commit.  ERR_INPUT when they are not
 * numbered from 1 without a gap or are no envelopes; signatures are the verifier's task.
 * Ownership: pkg_ledger_release(). */
int pkg_ledger_read(struct pkg_git *g, const char *commit, struct pkg_ledger *out, struct err *e)
    BASE_MUST_USE;
void pkg_ledger_release(struct pkg_ledger *ledger);

/* pkg_ledger_name(sequence, out): the file's name. */
void pkg_ledger_name(size_t sequence, char out[PKG_LEDGER_NAME]);

/* pkg_ledger_current(ledger, carrier, plan_ref, environment): the package that is current,
 * or NULL. */
const char *pkg_ledger_current(const struct pkg_ledger *ledger, const char *carrier,
                               const char *plan_ref, const char *environment);

/* pkg_ledger_entry(predicate, verdict, package, ledger, out, e): the next entry's payload
 * from line 1's predicate and the staged verdict.  ERR_INPUT when the verdict lacks a
 * member or is another package's.  Ownership: jv_free(*out). */
int pkg_ledger_entry(const struct jv *predicate, const struct jv *verdict, const char *package,
                     const struct pkg_ledger *ledger, struct jv **out, struct err *e)
    BASE_MUST_USE;

#endif
