/* verifier/lines.c - see lines.h. */
#include "verifier/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void stop(const struct member *m)
{
    fprintf(stderr, "dryproof-verify: E_IO: %s: it changed while it was read\n", m->name);
    exit(5);
}

static void read_again(const struct member *m, size_t at, char *to, size_t n)
{
    struct err e;

    if (vfy_source_read(m->source, m->at + at, to, n, &e) != 0)
        stop(m);
}

const char *vfy_member_data(struct arena *a, const struct member *m)
{
    char *p, again[VFY_HEX];

    if (m->data != NULL)
        return m->data;
    p = vfy_mem_room(a, m->size + 1);
    read_again(m, 0, p, m->size);
    p[m->size] = '\0';
    vfy_crypto_sha256(p, m->size, again);
    if (strcmp(again, m->sha256) != 0)
        stop(m);
    return p;
}

struct source vfy_member_source(const struct member *m)
{
    struct source s;
    struct err e;

    if (vfy_source_slice(m->source, m->at, m->size, &s, &e) != 0 || (s.bytes == NULL && strcmp(s.sha256, m->sha256) != 0))
        stop(m);
    return s;
}

bool vfy_member_is(const struct member *m, const char *p, size_t n)
{
    char hex[VFY_HEX];

    if (m->size != n)
        return false;
    if (m->data != NULL)
        return memcmp(m->data, p, n) == 0;
    vfy_crypto_sha256(p, n, hex);
    return strcmp(hex, m->sha256) == 0;
}

bool vfy_member_ends_line(const struct member *m)
{
    return m->data == NULL ? m->ends_line : m->size > 0 && m->data[m->size - 1] == '\n';
}

struct lines vfy_lines_open(struct arena *a, const struct member *m)
{
    return (struct lines){.arena = a, .member = m, .hash = m->data != NULL ? NULL : vfy_crypto_begin()};
}

/* more of the member behind what the window has of the next line */
static void fill(struct lines *l)
{
    size_t kept = l->from + l->filled - l->at, left = l->member->size - l->at - kept, more;
    char *window = l->window;

    if (kept == l->room) {
        l->room = l->room == 0 ? VFY_WINDOW : 2 * l->room;
        window = vfy_mem_room(l->arena, l->room);
    }
    if (kept > 0)
        memmove(window, l->window + (l->at - l->from), kept);
    more = l->room - kept < left ? l->room - kept : left;
    read_again(l->member, l->at + kept, window + kept, more);
    vfy_crypto_add(l->hash, window + kept, more);
    l->window = window;
    l->from = l->at;
    l->filled = kept + more;
}

bool vfy_lines_next(struct lines *l, const char **p, size_t *n)
{
    const struct member *m = l->member;
    const char *lf, *from;
    size_t have;

    if (l->at == m->size)
        return false;
    for (;; fill(l)) {
        from = m->data != NULL ? m->data + l->at : l->window + (l->at - l->from);
        have = m->data != NULL ? m->size - l->at : l->from + l->filled - l->at;
        lf = have > 0 ? memchr(from, '\n', have) : NULL;
        if (lf != NULL || have == m->size - l->at)
            break;
    }
    *p = from;
    *n = lf != NULL ? (size_t)(lf + 1 - from) : have;
    l->at += *n;
    return true;
}

bool vfy_lines_rises(struct buf *last, const char *p, size_t n)
{
    bool rises = last->len == 0 || memcmp(last->p, p, last->len < n ? last->len : n) < 0;

    last->len = 0;
    vfy_mem_add(last, p, n);
    return rises;
}

void vfy_lines_close(struct lines *l)
{
    const char *p;
    char again[VFY_HEX];
    size_t n;

    if (l->hash == NULL)
        return;
    while (vfy_lines_next(l, &p, &n))
        continue;
    vfy_crypto_end(l->hash, again);
    l->hash = NULL;
    if (strcmp(again, l->member->sha256) != 0)
        stop(l->member);
}
