/*
 * verifier/catalog.h - the lines of a sorted .ndjson file that docs.c has read once, one by one.
 *
 * A catalog is as large as a database's schema: nobody keeps it.
 */
#ifndef VFY_CATALOG_H
#define VFY_CATALOG_H

#include "verifier/evidence.h"
#include "verifier/lines.h"

struct catalog {
    struct lines lines;
    struct arena two[2]; /* of this line, and of the one before */
    const char *p;       /* the line as written, with its LF */
    size_t n, count;
};

/* vfy_catalog_open(v, edge, file) - "catalog.ndjson" or "cluster.ndjson" of that edge, which is
 * there; to be closed. */
struct catalog vfy_catalog_open(const struct evidence *v, int edge, const char *file);

/* vfy_catalog_next(c) - the next line, or NULL; good until the call after the next. */
const struct json *vfy_catalog_next(struct catalog *c);

/* vfy_catalog_arena(c) - memory that lives as long as the line given last. */
struct arena *vfy_catalog_arena(struct catalog *c);

void vfy_catalog_close(struct catalog *c);

/* vfy_catalog_definition(a, line) - its third element, JSON in a string; NULL if it is none. */
const struct json *vfy_catalog_definition(struct arena *a, const struct json *line);

#endif
