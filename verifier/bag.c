/* verifier/bag.c - see bag.h. */
#include "verifier/bag.h"

#include "verifier/lines.h"
#include "verifier/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char root[] = "bag/data/";
enum { ROOT = sizeof root - 1, BAG = sizeof "bag/" - 1 };

/* the first member whose name is not below that one */
static size_t first(const struct bag *bag, const char *name)
{
    size_t low = 0, high = bag->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (strcmp(bag->members[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct member *member(const struct bag *bag, const char *name)
{
    size_t i = first(bag, name);

    return i < bag->count && strcmp(bag->members[i].name, name) == 0 ? &bag->members[i] : NULL;
}

const char *vfy_bag_payload(const struct member *m)
{
    return strncmp(m->name, root, ROOT) == 0 ? m->name + ROOT : NULL;
}

struct member *vfy_bag_peek(const struct bag *bag, const char *fmt, ...)
{
    char name[VFY_NAME_BYTES + 2]; /* what does not fit is cut to more than a member's name can have */
    va_list ap;

    memcpy(name, root, ROOT);
    va_start(ap, fmt);
    vsnprintf(name + ROOT, sizeof name - ROOT, fmt, ap);
    va_end(ap);
    return member(bag, name);
}

struct member *vfy_bag_find(const struct bag *bag, const char *path)
{
    struct member *m = vfy_bag_peek(bag, "%s", path);

    if (m != NULL)
        m->ticked = true;
    return m;
}

size_t vfy_bag_lines(const struct bag *bag, const char *prefix, struct buf *b)
{
    char name[VFY_NAME_BYTES + 2]; /* as above */
    size_t from, i, n;

    snprintf(name, sizeof name, "%s%s", root, prefix);
    n = strlen(name);
    from = first(bag, name);
    for (i = from; i < bag->count && strncmp(bag->members[i].name, name, n) == 0; i++) {
        const char *path = bag->members[i].name + BAG;

        vfy_mem_add(b, bag->members[i].sha256, VFY_HEX - 1);
        vfy_mem_add(b, "  ", 2);
        vfy_mem_add(b, path, strlen(path));
        vfy_mem_add(b, "\n", 1);
    }
    return i - from;
}

/* says what is wrong with a manifest that is not the expected text */
static int name_fault(const struct bag *bag, const struct member *m, struct err *e)
{
    const char *p = vfy_member_data(bag->arena, m), *end = p + m->size, *previous = "";

    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        char line[VFY_HEX + 2 + VFY_NAME_BYTES], name[VFY_NAME_BYTES + 5];
        size_t n = lf == NULL ? 0 : (size_t)(lf - p);
        const struct member *of;

        if (n <= VFY_HEX + 1 || n >= sizeof line)
            return vfy_err_set(e, E_MANIFEST_FORMAT, m->name, "a malformed line");
        memcpy(line, p, n);
        line[n] = '\0';
        if (strlen(line) != n || memcmp(line + VFY_HEX - 1, "  ", 2) != 0)
            return vfy_err_set(e, E_MANIFEST_FORMAT, m->name, "a malformed line");
        line[VFY_HEX - 1] = '\0';
        if (!vfy_text_hex(line, VFY_HEX - 1))
            return vfy_err_set(e, E_MANIFEST_FORMAT, m->name, "a digest is not 64 hex digits");
        snprintf(name, sizeof name, "bag/%s", line + VFY_HEX + 1);
        of = member(bag, name);
        if (of == NULL)
            return vfy_err_set(e, E_MANIFEST_MISSING, name, "listed in %s, not there", m->name);
        if (strcmp(of->sha256, line) != 0)
            return vfy_err_set(e, E_MANIFEST_MISMATCH, name, "its digest is not the one listed");
        if (strcmp(previous, of->name) >= 0)
            return vfy_err_set(e, E_MANIFEST_FORMAT, m->name, "lines doubled or not sorted");
        previous = of->name;
        p = lf + 1;
    }
    return vfy_err_set(e, E_MANIFEST_EXTRA, m->name, "a file is not listed, or one too many");
}

static int same(const struct bag *bag, const char *name, const struct buf *want, bool is_manifest,
                struct err *e)
{
    const struct member *m = member(bag, name);

    if (m == NULL)
        return vfy_err_set(e, E_MANIFEST_MISSING, name, "a bag needs it");
    if (vfy_member_is(m, want->p, want->len))
        return 0;
    if (is_manifest)
        return name_fault(bag, m, e);
    return vfy_err_set(e, E_MANIFEST_FORMAT, name, "not the bytes that this payload needs");
}

int vfy_bag_check(const struct bag *bag, struct err *e)
{
    static const char *const tags[] = {"bag-info.txt", "bagit.txt", "manifest-sha256.txt"};
    struct buf text = {bag->arena, NULL, 0, 0};
    size_t bytes = 0, files = 0;

    for (size_t i = 0; i < bag->count; i++)
        if (vfy_bag_payload(&bag->members[i]) != NULL) {
            bytes += bag->members[i].size;
            files++;
        }
    if (files + 4 < bag->count)
        return vfy_err_set(e, E_MANIFEST_EXTRA, "bag/", "more than the four tag files beside data/");
    vfy_mem_put(&text, "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    if (same(bag, "bag/bagit.txt", &text, false, e) != 0)
        return -1;
    text.len = 0;
    vfy_mem_put(&text, "Payload-Oxum: %zu.%zu\n", bytes, files);
    if (same(bag, "bag/bag-info.txt", &text, false, e) != 0)
        return -1;
    text.len = 0;
    vfy_bag_lines(bag, "", &text);
    if (same(bag, "bag/manifest-sha256.txt", &text, true, e) != 0)
        return -1;
    text.len = 0;
    for (int i = 0; i < 3; i++) {
        char name[40];

        snprintf(name, sizeof name, "bag/%s", tags[i]);
        vfy_mem_put(&text, "%s  %s\n", member(bag, name)->sha256, tags[i]);
    }
    return same(bag, "bag/tagmanifest-sha256.txt", &text, true, e);
}
