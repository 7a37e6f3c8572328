/* packager/ledger.h - the ledger of an evidence repository.  FORMAT.md section 9. */
#ifndef PACKAGER_LEDGER_H
#define PACKAGER_LEDGER_H

#include "base/json.h"
#include "packager/git.h"

#define PKG_LEDGER_PATH 24 /* "ledger/000/001.json" and a NUL */

/* Where it ends: what the next entry needs to know.  Nothing else is read to add one. */
struct pkg_ledger_end {
    size_t count;
    char previous[DIGEST_HEX]; /* SHA-256 of the newest file, "" when there is none */
};

/* pkg_ledger_path(sequence, out): the file's path. */
void pkg_ledger_path(size_t sequence, char out[PKG_LEDGER_PATH]);

/* pkg_ledger_find_end(g, commit, out, e): ERR_INPUT when a folder is not ours. */
int pkg_ledger_find_end(struct pkg_git *g, const char *commit, struct pkg_ledger_end *out,
                        struct err *e) BASE_MUST_USE;

/* pkg_ledger_read(g, commit, sequence, out, e): one entry's payload.  ERR_INPUT when it is no
 * envelope; signatures are the verifier's task.  Ownership: jv_free(*out). */
int pkg_ledger_read(struct pkg_git *g, const char *commit, size_t sequence, struct jv **out,
                    struct err *e) BASE_MUST_USE;

/* pkg_ledger_open(repo, g, tip, entries, e): the repository, its tip, and every entry appended to
 * the array, the newest first.  ERR_INPUT when there is no repository.
 * Ownership: pkg_git_free(*g). */
int pkg_ledger_open(const char *repo, struct pkg_git **g, char tip[PKG_GIT_HEX], struct jv *entries,
                    struct err *e) BASE_MUST_USE;

/* pkg_ledger_same_line(a, b): entries of one carrier, plan and environment. */
bool pkg_ledger_same_line(const struct jv *a, const struct jv *b);

/* pkg_ledger_mark(entries, current): which entries, the newest first, are current: the newest
 * PASS of each carrier, plan and environment, else the newest. */
void pkg_ledger_mark(const struct jv *entries, bool *current);

/* pkg_ledger_current(g, commit, carrier, plan_ref, environment, package, e): the package that
 * is current, read from the newest entry backwards; "" when there is none. */
int pkg_ledger_current(struct pkg_git *g, const char *commit, const char *carrier,
                       const char *plan_ref, const char *environment, char package[DIGEST_HEX],
                       struct err *e) BASE_MUST_USE;

/* What the next entry says beside what the ledger's end gives. */
struct pkg_ledger_facts {
    const struct jv *predicate; /* of line 1 */
    const struct jv *verdict;   /* the staged one */
    const char *package, *attestations; /* SHA-256 of the two files */
};

/* pkg_ledger_entry(facts, end, out, e): the next entry's payload.  ERR_INPUT when the verdict
 * lacks a member or is another package's.  Ownership: jv_free(*out). */
int pkg_ledger_entry(const struct pkg_ledger_facts *facts, const struct pkg_ledger_end *end,
                     struct jv **out, struct err *e) BASE_MUST_USE;

#endif
