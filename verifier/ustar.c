/*
 * verifier/ustar.c - see ustar.h.  Includes libc and the digest only.
 *
 * Order of questions for a header: is it one at all, is its checksum right, is the
 * type allowed, is the size plausible, is the name safe, and last, is every other
 * byte the only one allowed.  The last question alone would do; the others name
 * what is wrong.
 */
#include "verifier/ustar.h"

#include "verifier/limits.h"
#include "verifier/sums.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_AT = 124, SUM_AT = 148, TYPE_AT = 156, MAGIC_AT = 257 };

static const char zeros[VFY_BLOCK];

static unsigned checksum(const char h[VFY_BLOCK])
{
    unsigned sum = 8 * ' ', field = 0;

    for (int i = 0; i < VFY_BLOCK; i++) /* no condition in it: compilers take many bytes at once */
        sum += (unsigned char)h[i];
    for (int i = 0; i < 8; i++)
        field += (unsigned char)h[SUM_AT + i];
    return sum - field;
}

void vfy_ustar_header(const char *name, size_t size, char block[VFY_BLOCK])
{
    char field[32];

    memset(block, 0, VFY_BLOCK);
    memcpy(block, name, strnlen(name, VFY_NAME_BYTES));
    memcpy(block + 100, "000644 ", 7);
    memcpy(block + 108, "000000 ", 7);
    memcpy(block + 116, "000000 ", 7);
    snprintf(field, sizeof field, "%011llo ", (unsigned long long)size);
    memcpy(block + SIZE_AT, field, 12);
    memcpy(block + 136, "00000000000 ", 12);
    block[TYPE_AT] = '0';
    memcpy(block + MAGIC_AT, "ustar\00000", 8);
    memcpy(block + 329, "000000 ", 7);
    memcpy(block + 337, "000000 ", 7);
    snprintf(field, sizeof field, "%06o", checksum(block));
    memcpy(block + SUM_AT, field, 7);
    block[SUM_AT + 7] = ' ';
}

static bool reserved(const char *part, size_t n)
{
    static const char *const words[] = {"con",  "prn",  "aux",  "nul",  "com1", "com2", "com3",
                                        "com4", "com5", "com6", "com7", "com8", "com9", "lpt1",
                                        "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8",
                                        "lpt9", ".git"};
    char low[5] = {0};
    size_t stem = 0;

    while (stem < n && (part[stem] != '.' || stem == 0))
        stem++;
    if (stem > 4 || part[n - 1] == '.')
        return part[n - 1] == '.';
    for (size_t i = 0; i < stem; i++)
        low[i] = (char)tolower((unsigned char)part[i]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(low, words[i]) == 0)
            return true;
    return false;
}

int vfy_ustar_name(const char *name, struct err *e)
{
    const char *part = name;
    bool dot = false;

    if (*name == '\0' || *name == '/')
        return vfy_err_set(e, E_PATH_UNSAFE, name, "empty or absolute name");
    for (const char *p = name; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && strchr("._-/", *p) == NULL)
            return vfy_err_set(e, E_PATH_UNSAFE, name, "a byte outside [A-Za-z0-9._/-]");
    for (;;) {
        size_t n = strcspn(part, "/");

        if (n == 2 && memcmp(part, "..", 2) == 0)
            return vfy_err_set(e, E_PATH_UNSAFE, name, "a .. part");
        if (n == 0 || (n == 1 && *part == '.'))
            dot = true;
        else if (reserved(part, n))
            return vfy_err_set(e, E_PATH_UNSAFE, name, "a reserved name");
        if (part[n] == '\0')
            break;
        part += n + 1;
    }
    return dot ? vfy_err_set(e, E_PATH_NONCANONICAL, name, "an empty or . part") : 0;
}

static int fail(struct err *e, enum vfy_code code, size_t at, const char *what)
{
    return vfy_err_set(e, code, "package.tar", "%s, at byte %zu", what, at);
}

static bool is_compressed(const char *p, size_t n)
{
    static const struct {
        const char *magic;
        size_t n;
    } known[] = {{"\x1f\x8b", 2}, {"\x28\xb5\x2f\xfd", 4}, {"\xfd" "7zXZ", 5}, {"BZh", 3},
                 {"begin ", 6}, {"\x1f\x9d", 2}, {"LZIP", 4}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (n >= known[i].n && memcmp(p, known[i].magic, known[i].n) == 0)
            return n < VFY_BLOCK || memcmp(p + MAGIC_AT, "ustar", 5) != 0;
    return false;
}

static int check_sum(const char *h, size_t at, struct err *e)
{
    char exact[8], field[9];
    unsigned sum = checksum(h);

    snprintf(exact, sizeof exact, "%06o", sum);
    memcpy(field, h + SUM_AT, 8);
    field[8] = '\0';
    if (memcmp(field, exact, 7) == 0 && field[7] == ' ')
        return 0;
    if (strtoul(field, NULL, 8) == sum)
        return fail(e, E_TAR_NONCANONICAL, at, "the checksum is written in another form");
    return fail(e, E_TAR_CHECKSUM, at, "the header's checksum is wrong");
}

/* what is looked at: the source from start to end, once; a part of it at a time */
struct reader {
    const struct source *s;
    char *windows[VFY_WINDOWS];
    size_t marks[VFY_WINDOWS], turn; /* of sums: when a window is free again; the one in use */
    size_t from, filled; /* of the source, where the window begins and what of it is filled */
    size_t kept;         /* bytes of members that were copied */
    struct vfy_mac *mac;
    struct vfy_sums *sums;
    struct err *e;
};

/* n bytes of the source from `at`: at most VFY_WINDOW of a file, and never behind those asked for before */
static const char *look(struct reader *r, size_t at, size_t n)
{
    const struct source *s = r->s;

    if (s->bytes != NULL)
        return s->bytes + at;
    if (at + n > r->from + r->filled) {
        size_t kept = r->from + r->filled - at, more = s->size - at, next = r->sums == NULL ? 0 : (r->turn + 1) % VFY_WINDOWS;
        char *to = r->windows[next];

        more = (more < VFY_WINDOW ? more : VFY_WINDOW) - kept;
        r->marks[r->turn] = vfy_sums_mark(r->sums);
        vfy_sums_wait(r->sums, r->marks[next]);
        memmove(to, r->windows[r->turn] + (at - r->from), kept);
        if (vfy_source_read(s, at + kept, to + kept, more, r->e) != 0)
            return NULL;
        vfy_crypto_mac_add(r->mac, to + kept, more);
        r->turn = next;
        r->from = at;
        r->filled = kept + more;
    }
    return r->windows[r->turn] + (at - r->from);
}

static int check_size(const struct source *s, const char *field, size_t at, size_t *size, struct err *e)
{
    size_t room = s->size - at - VFY_BLOCK;
    char last[VFY_BLOCK] = {1};

    *size = 0;
    for (int i = 0; i < 11; i++) {
        if (field[i] < '0' || field[i] > '7')
            return fail(e, E_TAR_SIZE, at, "the size is not eleven octal digits");
        *size = *size * 8 + (size_t)(field[i] - '0');
    }
    if (field[11] != ' ')
        return fail(e, E_TAR_SIZE, at, "the size is not eleven octal digits and a space");
    if (*size <= room && (*size + VFY_BLOCK - 1) / VFY_BLOCK * VFY_BLOCK <= room)
        return 0;
    if (s->size >= 2 * VFY_BLOCK && vfy_source_read(s, s->size - VFY_BLOCK, last, VFY_BLOCK, e) != 0)
        return -1;
    return fail(e, memcmp(last, zeros, VFY_BLOCK) == 0 ? E_TAR_SIZE : E_TAR_TRUNCATED, at,
                "the member is longer than the rest of the archive");
}

static int check_header(const struct source *s, const char *h, size_t at, struct member *m, struct err *e)
{
    char again[VFY_BLOCK], name[VFY_NAME_BYTES + 1] = {0};
    size_t len = strnlen(h, VFY_NAME_BYTES);

    if (memcmp(h + MAGIC_AT, "ustar\00000", 8) != 0)
        return fail(e, E_TAR_NONCANONICAL, at, "no USTAR header");
    if (check_sum(h, at, e) != 0)
        return -1;
    if (h[TYPE_AT] == 'x' || h[TYPE_AT] == 'g' || h[TYPE_AT] == 'X') /* X: Solaris wrote it before there was x */
        return fail(e, E_TAR_PAX, at, "a pax header");
    if (h[TYPE_AT] != '0')
        return fail(e, E_TAR_TYPE, at, "not a regular file");
    if (check_size(s, h + SIZE_AT, at, &m->size, e) != 0)
        return -1;
    memcpy(name, h, len);
    if (memcmp(h + len, zeros, VFY_NAME_BYTES - len) != 0)
        return fail(e, E_PATH_UNSAFE, at, "bytes after the end of the name");
    if (vfy_ustar_name(name, e) != 0)
        return -1;
    vfy_ustar_header(name, m->size, again);
    if (memcmp(h, again, VFY_BLOCK) != 0)
        return fail(e, E_TAR_NONCANONICAL, at, "a header field is not the fixed value");
    return 0;
}

static int check_end(struct reader *r, size_t at, struct err *e)
{
    size_t n = r->s->size;
    const char *p;

    if (at == 0)
        return fail(e, n <= 2 * VFY_BLOCK ? E_TAR_TRUNCATED : E_TAR_NONCANONICAL, at,
                    "the archive starts with a zero block");
    if (n - at < 2 * VFY_BLOCK)
        return fail(e, E_TAR_TRUNCATED, at, "only one end block");
    p = look(r, at, 2 * VFY_BLOCK);
    if (p == NULL)
        return -1;
    if (memcmp(p + VFY_BLOCK, zeros, VFY_BLOCK) != 0 || n - at > 2 * VFY_BLOCK)
        return fail(e, E_TAR_TRAILING, at, "something follows the end of the archive");
    return 0;
}

/* names folded to lower case, '/' below every other byte: clashes become neighbours */
static int by_folded(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_collisions(struct arena *a, const struct member *m, size_t count, struct err *e)
{
    char **folded = vfy_mem_alloc(a, count * sizeof *folded);

    for (size_t i = 0; i < count; i++) {
        folded[i] = vfy_mem_copy(a, m[i].name, strlen(m[i].name));
        for (char *p = folded[i]; *p != '\0'; p++)
            *p = *p == '/' ? '\001' : (char)tolower((unsigned char)*p);
    }
    qsort(folded, count, sizeof *folded, by_folded);
    for (size_t i = 1; i < count; i++) {
        size_t n = strlen(folded[i - 1]);

        if (strncmp(folded[i - 1], folded[i], n) == 0 && folded[i][n] <= '\001')
            return vfy_err_set(e, E_PATH_COLLISION, "package.tar",
                               "two names differ only by case, or one is the other's folder");
    }
    return 0;
}

static int check_order(const struct member *m, size_t count, struct err *e)
{
    const char *name = m[count].name;

    if (count == 0 || strcmp(m[count - 1].name, name) < 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(m[i].name, name) == 0)
            return vfy_err_set(e, E_TAR_DUP, name, "the name stands twice");
    return vfy_err_set(e, E_TAR_ORDER, name, "members are not sorted by the bytes of their names");
}

/* its digest; its bytes, unless they are many and in a file; and that its padding is zero */
static int read_data(struct arena *a, struct reader *r, struct member *m, struct err *e)
{
    size_t end = m->at + m->size, pad = (VFY_BLOCK - m->size % VFY_BLOCK) % VFY_BLOCK, n;
    struct vfy_hash *hash;
    const char *p = NULL;

    if (r->s->bytes != NULL || (m->size <= VFY_KEPT && m->size <= VFY_KEPT_ALL - r->kept)) {
        p = look(r, m->at, m->size);
        if (p == NULL)
            return -1;
        m->data = p;
        if (r->s->bytes == NULL) {
            m->data = vfy_mem_copy(a, p, m->size);
            r->kept += m->size;
        }
        vfy_sums_of(r->sums, m->data, m->size, m->sha256);
    } else {
        hash = vfy_crypto_begin();
        for (size_t at = m->at; at < end; at += n) {
            n = end - at < VFY_WINDOW ? end - at : VFY_WINDOW;
            p = look(r, at, n);
            if (p == NULL)
                break;
            vfy_sums_add(r->sums, hash, p, n);
        }
        vfy_sums_end(r->sums, hash, m->sha256);
        if (p == NULL)
            return -1;
        m->ends_line = p[n - 1] == '\n';
    }
    p = look(r, end, pad);
    if (p != NULL && memcmp(p, zeros, pad) != 0)
        return fail(e, E_TAR_PADDING, end, "the padding is not zero");
    return p == NULL ? -1 : 0;
}

static int read_members(struct arena *a, struct reader *r, struct member **members, size_t *count, struct err *e)
{
    size_t at = 0, found = 0, room = 64, n = r->s->size;
    struct member *m = vfy_mem_alloc(a, room * sizeof *m), *more;
    const char *p = look(r, 0, n < VFY_BLOCK ? n : VFY_BLOCK);

    if (p == NULL)
        return -1;
    if (is_compressed(p, n < VFY_BLOCK ? n : VFY_BLOCK))
        return fail(e, E_TAR_COMPRESSED, 0, "compressed or encoded");
    for (;; found++) {
        if (n - at < VFY_BLOCK)
            return fail(e, E_TAR_TRUNCATED, at, "the archive ends without its end blocks");
        p = look(r, at, VFY_BLOCK);
        if (p == NULL)
            return -1;
        if (memcmp(p, zeros, VFY_BLOCK) == 0)
            break;
        if (found == VFY_MAX_MEMBERS)
            return fail(e, E_LIMIT_COUNT, at, "more members than MAX_MEMBERS");
        if (found == room) {
            more = vfy_mem_alloc(a, 2 * room * sizeof *m);
            vfy_sums_wait(r->sums, vfy_sums_mark(r->sums)); /* digests are still on their way to the old place */
            memcpy(more, m, room * sizeof *m);
            m = more;
            room *= 2;
        }
        if (check_header(r->s, p, at, &m[found], e) != 0)
            return -1;
        m[found].name = vfy_mem_copy(a, p, strnlen(p, VFY_NAME_BYTES));
        if (check_order(m, found, e) != 0)
            return -1;
        m[found].source = r->s;
        m[found].at = at + VFY_BLOCK;
        if (read_data(a, r, &m[found], e) != 0)
            return -1;
        at += VFY_BLOCK + (m[found].size + VFY_BLOCK - 1) / VFY_BLOCK * VFY_BLOCK;
    }
    if (check_end(r, at, e) != 0 || check_collisions(a, m, found, e) != 0)
        return -1;
    *members = m;
    *count = found;
    return 0;
}

int vfy_ustar_read(struct arena *a, const struct source *s, struct member **members, size_t *count, struct err *e)
{
    struct reader r = {.s = s, .e = e};
    struct err changed;
    uint8_t again[VFY_TAG];
    int rc;

    if (s->bytes != NULL)
        return read_members(a, &r, members, count, e);
    r.sums = vfy_sums_begin(s->size);
    for (int i = 0; i < (r.sums == NULL ? 1 : VFY_WINDOWS); i++)
        r.windows[i] = vfy_mem_room(a, VFY_WINDOW);
    r.mac = vfy_crypto_mac_begin(s->key);
    rc = read_members(a, &r, members, count, e);
    /* a finding in bytes that nobody signed is none: the rest of the file tells whether they were */
    r.e = &changed;
    for (size_t at = r.from + r.filled; at < s->size && look(&r, at, 1) != NULL;)
        at = r.from + r.filled;
    vfy_sums_finish(r.sums);
    vfy_crypto_mac_end(r.mac, again);
    return memcmp(again, s->tag, VFY_TAG) == 0 ? rc : vfy_err_set(e, E_IO, s->path, "it changed while it was read");
}
