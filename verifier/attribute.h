/*
 * verifier/attribute.h - who wrote: whose a transaction id, a WAL record or a difference is.
 *
 * FORMAT.md section 10, "Who wrote".  Judged once over the whole evidence, asked by every
 * judge that meets an effect.  Nothing is guessed from an application name.
 */
#ifndef VFY_ATTRIBUTE_H
#define VFY_ATTRIBUTE_H

#include "verifier/evidence.h"

enum vfy_origin {
    ORIGIN_EXPLAINED,
    ORIGIN_RUN,    /* nobody else was there: it refutes */
    ORIGIN_UNKNOWN /* somebody else was there: it holds */
};

struct ids {
    unsigned long long own;     /* explained: of a record */
    unsigned long long foreign; /* explained otherwise */
    unsigned long long run, unknown;
};

/* vfy_attribute_open(v) - read everything once; sets v->who. */
void vfy_attribute_open(struct evidence *v);

/* vfy_attribute_here(v) / _anywhere(v) - whose a difference is that names this database, or none:
 * RUN or UNKNOWN. */
enum vfy_origin vfy_attribute_here(const struct evidence *v);
enum vfy_origin vfy_attribute_anywhere(const struct evidence *v);

/* vfy_attribute_others(v) - who else was there, in words. */
const char *vfy_attribute_others(const struct evidence *v);

/* vfy_attribute_group(v, group, basis) - whose a group of WAL records is; *basis is what
 * explains it, in words, else NULL. */
enum vfy_origin vfy_attribute_group(const struct evidence *v, const struct json *group, const char **basis);

/*
 * vfy_attribute_ids(v, from, to, n, names) - adds to *n whose the ids from <= id < to are.
 *
 * names (may be NULL) receives the first of those that are not explained, with the session
 * that was seen to hold them.
 */
void vfy_attribute_ids(const struct evidence *v, unsigned long long from, unsigned long long to, struct ids *n,
                       struct buf *names);

/* vfy_attribute_code(origin, code) - code for what is the run's, E_EVIDENCE_UNATTRIBUTED for
 * what is of unknown origin. */
enum vfy_code vfy_attribute_code(enum vfy_origin origin, enum vfy_code code);

/*
 * vfy_autovacuum_open(v, began_elsewhere) - which relations autovacuum worked on between the
 * edges; NULL when that cannot be told.  began_elsewhere: a session began in another database.
 * vfy_autovacuum_does(a, group, database) - whether autovacuum writes such records: under an
 * id, with the other groups of that id.
 */
struct autovacuum;
struct autovacuum *vfy_autovacuum_open(const struct evidence *v, bool began_elsewhere);
bool vfy_autovacuum_does(const struct autovacuum *a, const struct json *group, const char *database);

#endif
