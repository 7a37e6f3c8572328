/*
 * tests/fuzz/manifest.c - the bag's tag files.  The first byte of the input chooses one, the
 * rest is what stands in it; the bag around it is a good one, and by the third bit of that
 * byte the tagmanifest is made to fit, as an insider would.
 */
#include "tests/fuzz/insider.h"

#include "verifier/bag.h"

#include <string.h>

enum { INFO, DECLARATION, DATA, MANIFEST = 4, TAGS, MEMBERS };

static void fill(struct member *m, const char *name, const char *data, size_t size)
{
    m->name = name;
    m->data = data;
    m->size = size;
    vfy_crypto_sha256(data, size, m->sha256);
}

static void line(struct buf *b, const struct member *m)
{
    vfy_mem_put(b, "%s  %s\n", m->sha256, m->name + 4);
}

static void tags(struct arena *a, struct member *m)
{
    struct buf b = {a, NULL, 0, 0};

    line(&b, &m[INFO]);
    line(&b, &m[DECLARATION]);
    line(&b, &m[MANIFEST]);
    fill(&m[TAGS], "bag/tagmanifest-sha256.txt", b.p, b.len);
}

static void good(struct arena *a, struct member *m)
{
    static const char declaration[] = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
    struct buf b = {a, NULL, 0, 0};

    fill(&m[INFO], "bag/bag-info.txt", "Payload-Oxum: 7.2\n", 18);
    fill(&m[DECLARATION], "bag/bagit.txt", declaration, sizeof declaration - 1);
    fill(&m[DATA], "bag/data/a/b.json", "{}\n", 3);
    fill(&m[DATA + 1], "bag/data/c", "abcd", 4);
    line(&b, &m[DATA]);
    line(&b, &m[DATA + 1]);
    fill(&m[MANIFEST], "bag/manifest-sha256.txt", b.p, b.len);
    tags(a, m);
}

bool fuzz_target(const char *p, size_t n)
{
    static const int files[] = {INFO, DECLARATION, MANIFEST, TAGS};
    struct arena a = {NULL, 0};
    struct member m[MEMBERS], was;
    struct bag bag = {&a, m, MEMBERS};
    struct err e = {VFY_NO_CODE, "", ""};
    int chosen = n > 0 ? files[p[0] & 3] : MANIFEST;
    bool ok, same;

    memset(m, 0, sizeof m);
    good(&a, m);
    was = m[chosen];
    fill(&m[chosen], was.name, n > 0 ? p + 1 : "", n > 0 ? n - 1 : 0);
    if (n > 0 && (p[0] & 4) != 0 && chosen != TAGS)
        tags(&a, m);
    same = was.size == m[chosen].size && memcmp(was.data, m[chosen].data, was.size) == 0;
    ok = vfy_bag_check(&bag, &e) == 0;
    if (!ok)
        insider_refused(&e, "E_MANIFEST_");
    fuzz_claim(ok == same, "exactly one text of a tag file is accepted");
    vfy_mem_release(&a);
    return ok;
}
