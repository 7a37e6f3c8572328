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

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_AT = 124, SUM_AT = 148, TYPE_AT = 156, MAGIC_AT = 257 };

static const char zeros[VFY_BLOCK];

static unsigned checksum(const char h[VFY_BLOCK])
{
    unsigned sum = 0;

    for (int i = 0; i < VFY_BLOCK; i++)
        sum += i >= SUM_AT && i < SUM_AT + 8 ? ' ' : (unsigned char)h[i];
    return sum;
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

static int check_size(const char *p, size_t n, size_t at, size_t *size, struct err *e)
{
    const char *field = p + at + SIZE_AT;
    size_t room = n - at - VFY_BLOCK;
    bool ends_well = n >= 2 * VFY_BLOCK && memcmp(p + n - VFY_BLOCK, zeros, VFY_BLOCK) == 0;

    *size = 0;
    for (int i = 0; i < 11; i++) {
        if (field[i] < '0' || field[i] > '7')
            return fail(e, E_TAR_SIZE, at, "the size is not eleven octal digits");
        *size = *size * 8 + (size_t)(field[i] - '0');
    }
    if (field[11] != ' ')
        return fail(e, E_TAR_SIZE, at, "the size is not eleven octal digits and a space");
    if (*size > room || (*size + VFY_BLOCK - 1) / VFY_BLOCK * VFY_BLOCK > room)
        return fail(e, ends_well ? E_TAR_SIZE : E_TAR_TRUNCATED, at,
                    "the member is longer than the rest of the archive");
    return 0;
}

static int check_header(const char *p, size_t n, size_t at, struct member *m, struct err *e)
{
    const char *h = p + at;
    char again[VFY_BLOCK], name[VFY_NAME_BYTES + 1] = {0};
    size_t len = strnlen(h, VFY_NAME_BYTES);

    if (memcmp(h + MAGIC_AT, "ustar\00000", 8) != 0)
        return fail(e, E_TAR_NONCANONICAL, at, "no USTAR header");
    if (check_sum(h, at, e) != 0)
        return -1;
    if (h[TYPE_AT] == 'x' || h[TYPE_AT] == 'g')
        return fail(e, E_TAR_PAX, at, "a pax header");
    if (h[TYPE_AT] != '0')
        return fail(e, E_TAR_TYPE, at, "not a regular file");
    if (check_size(p, n, at, &m->size, e) != 0)
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

static int check_end(const char *p, size_t n, size_t at, struct err *e)
{
    if (at == 0)
        return fail(e, n <= 2 * VFY_BLOCK ? E_TAR_TRUNCATED : E_TAR_NONCANONICAL, at,
                    "the archive starts with a zero block");
    if (n - at < 2 * VFY_BLOCK)
        return fail(e, E_TAR_TRUNCATED, at, "only one end block");
    if (memcmp(p + at + VFY_BLOCK, zeros, VFY_BLOCK) != 0 || n - at > 2 * VFY_BLOCK)
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
    char **folded = vfy_mem_alloc(a, (count + 1) * sizeof *folded);

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

int vfy_ustar_read(struct arena *a, const char *p, size_t n, struct member **members,
                   size_t *count, struct err *e)
{
    size_t at = 0, found = 0, room = 64;
    struct member *m = vfy_mem_alloc(a, room * sizeof *m), *more;

    if (is_compressed(p, n))
        return fail(e, E_TAR_COMPRESSED, 0, "compressed or encoded");
    for (;; found++) {
        if (n - at < VFY_BLOCK)
            return fail(e, E_TAR_TRUNCATED, at, "the archive ends without its end blocks");
        if (memcmp(p + at, zeros, VFY_BLOCK) == 0)
            break;
        if (found == VFY_MAX_MEMBERS)
            return fail(e, E_LIMIT_COUNT, at, "more members than MAX_MEMBERS");
        if (found == room) {
            more = vfy_mem_alloc(a, 2 * room * sizeof *m);
            memcpy(more, m, room * sizeof *m);
            m = more;
            room *= 2;
        }
        if (check_header(p, n, at, &m[found], e) != 0)
            return -1;
        m[found].name = vfy_mem_copy(a, p + at, strnlen(p + at, VFY_NAME_BYTES));
        if (check_order(m, found, e) != 0)
            return -1;
        m[found].data = p + at + VFY_BLOCK;
        vfy_crypto_sha256(m[found].data, m[found].size, m[found].sha256);
        at += VFY_BLOCK + m[found].size;
        if (m[found].size % VFY_BLOCK != 0) {
            size_t pad = VFY_BLOCK - m[found].size % VFY_BLOCK;

            if (memcmp(p + at, zeros, pad) != 0)
                return fail(e, E_TAR_PADDING, at, "the padding is not zero");
            at += pad;
        }
    }
    if (check_end(p, n, at, e) != 0 || check_collisions(a, m, found, e) != 0)
        return -1;
    *members = m;
    *count = found;
    return 0;
}
