/*
 * verifier/others.h - who else was there, by the activity of both edges and the sessions that
 * were seen between them.
 */
#ifndef VFY_OTHERS_H
#define VFY_OTHERS_H

#include "verifier/evidence.h"

/* one database of the first edge */
struct place {
    const char *oid, *name;
    size_t others; /* sessions of somebody else at the first edge that may have done something */
    bool began;    /* a session began there during the bracket */
    bool unknown;  /* whether one did cannot be told */
};

struct others {
    struct place *places;
    size_t place_count, count; /* count: others of all databases */
};

struct others *vfy_others_open(const struct evidence *v);

/* vfy_others_place(o, oid) - that database, or NULL. */
struct place *vfy_others_place(const struct others *o, const char *oid);

/* vfy_others_pid(sessions, s) - the session of an edge, sorted by pid, with the pid of s, or NULL. */
const struct json *vfy_others_pid(const struct json *sessions, const struct json *s);

/* vfy_others_unseen(o, here, group) - it writes in another database than here where nobody was
 * at the first edge, and what it writes is not what autovacuum does there: somebody came whom the
 * server does not count (a replication connection, a background worker). */
bool vfy_others_unseen(const struct others *o, const char *here, const struct json *group);

#endif
