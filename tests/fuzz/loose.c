/*
 * tests/fuzz/loose.c - a loose object: the input as the file, and, since zlib's checksum is
 * never met by chance, the input deflated into one.
 */
#include "tests/fuzz/insider.h"

#include "verifier/limits.h"
#include "verifier/loose.h"

#include <string.h>
#include <zlib.h>

/* a header may announce a gigabyte, and gets it: not in every run */
static bool is_vast(const struct loose *head)
{
    return head->size > 1 << 20 && head->size <= 1 << 30;
}

/* the file inflates to these bytes and ends with them */
static bool holds(struct arena *a, const char *file, size_t n, const struct buf *object)
{
    char *out = vfy_mem_alloc(a, object->len + 1);
    z_stream z;
    bool ok;

    memset(&z, 0, sizeof z);
    fuzz_claim(inflateInit(&z) == Z_OK, "zlib starts");
    z.next_in = (Bytef *)vfy_mem_copy(a, file, n);
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)object->len + 1;
    ok = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == object->len && z.total_in == n &&
         memcmp(out, object->p, object->len) == 0;
    inflateEnd(&z);
    return ok;
}

static bool read_one(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    const char *path = insider_file(&a, "object", p, n);
    struct loose head = {"", NULL, 0}, out = {"", NULL, 0};
    struct buf again = {&a, NULL, 0, 0};
    struct err e = {VFY_NO_CODE, "", ""};
    bool ok = vfy_loose_read(&a, path, 0, &head, &e) == 0 && !is_vast(&head) &&
              vfy_loose_read(&a, path, VFY_MAX_PACKAGE_BYTES, &out, &e) == 0 && out.data != NULL;

    if (ok) {
        fuzz_claim(strcmp(head.type, out.type) == 0 && head.size == out.size, "type and size are the same, asked twice");
        vfy_mem_put(&again, "%s %zu", out.type, out.size);
        vfy_mem_add(&again, "", 1);
        vfy_mem_add(&again, out.data, out.size);
        fuzz_claim(holds(&a, p, n, &again), "an accepted object, written again, is what the file holds, whole");
        fuzz_say(again.p, again.len);
    } else if (e.code != VFY_NO_CODE) {
        e.path[0] = '\0';
        insider_refused(&e, "E_REPO_UNSAFE E_LIMIT_");
    }
    vfy_mem_release(&a);
    return ok;
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    uLongf len = compressBound(n);
    unsigned char *packed = vfy_mem_alloc(&a, len);
    bool raw = read_one(p, n), deflated;

    fuzz_claim(compress2(packed, &len, (const Bytef *)p, n, 1) == Z_OK, "zlib deflates");
    deflated = read_one((const char *)packed, len);
    vfy_mem_release(&a);
    return raw || deflated;
}
