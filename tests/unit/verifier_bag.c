/* tests/unit/verifier_bag.c - tag files and manifests that are not what the members need. */
#include "tests/unit/verifier_test.h"

#include "verifier/bag.h"

#define OXUM "Payload-Oxum: 3.2\n"
#define BAGIT "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

enum { INFO, BAGIT_TXT, A, B, MANIFEST, TAGS, MEMBERS };

static const char *text(const char *fmt, const char *x, const char *y)
{
    struct buf b = {&test_arena, NULL, 0, 0};

    vfy_mem_add(&b, "", 0);
    for (const char *p = fmt; *p != '\0'; p++)
        if (*p == '1' || *p == '2')
            vfy_mem_put(&b, "%s", *p == '1' ? x : y);
        else
            vfy_mem_add(&b, p, 1);
    return b.p;
}

static void put(struct member *m, const char *name, const char *data)
{
    *m = (struct member){.name = name, .data = data, .size = strlen(data)};
    vfy_crypto_sha256(data, m->size, m->sha256);
}

/* a bag of data/a and data/b; MANIFEST has the digest of a for 1 and that of b for 2 */
static struct bag bag_of(const char *manifest)
{
    struct bag bag = {&test_arena, vfy_mem_alloc(&test_arena, (MEMBERS + 1) * sizeof(struct member)), MEMBERS};
    struct member *m = bag.members;
    struct buf tags = {&test_arena, NULL, 0, 0};

    put(&m[INFO], "bag/bag-info.txt", OXUM);
    put(&m[BAGIT_TXT], "bag/bagit.txt", BAGIT);
    put(&m[A], "bag/data/a", "x");
    put(&m[B], "bag/data/b", "yz");
    put(&m[MANIFEST], "bag/manifest-sha256.txt", text(manifest, m[A].sha256, m[B].sha256));
    vfy_mem_put(&tags, "%s  bag-info.txt\n%s  bagit.txt\n%s  manifest-sha256.txt\n", m[INFO].sha256, m[BAGIT_TXT].sha256,
                m[MANIFEST].sha256);
    put(&m[TAGS], "bag/tagmanifest-sha256.txt", tags.p);
    return bag;
}

static void check(const char *what, const struct bag *bag, enum vfy_code code, const char *path)
{
    struct err e = {VFY_NO_CODE, "", ""};

    if (vfy_bag_check(bag, &e) != (code == VFY_NO_CODE ? 0 : -1) || e.code != code || strcmp(e.path, path) != 0)
        fail_msg("%s: %s at %s, expected %s at %s", what, vfy_findings_info(e.code)->name, e.path,
                 vfy_findings_info(code)->name, path);
}

#define DIGEST "0000000000000000000000000000000000000000000000000000000000000000"
#define TEN "aaaaaaaaaa"
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void test_manifest(void **state)
{
    static const char list[] = "bag/manifest-sha256.txt";
    static const struct {
        const char *manifest;
        enum vfy_code code;
        const char *path;
    } cases[] = {
        {"1  data/a\n2  data/b\n", VFY_NO_CODE, ""},
        {"", E_MANIFEST_EXTRA, list},
        {"1  data/a\n", E_MANIFEST_EXTRA, list},
        {"2  data/b\n", E_MANIFEST_EXTRA, list},
        {"2  data/b\n1  data/a\n", E_MANIFEST_FORMAT, list},
        {"1  data/a\n1  data/a\n", E_MANIFEST_FORMAT, list},
        {"1  data/a\n2  data/b", E_MANIFEST_FORMAT, list},
        {"1  data/a\n\n2  data/b\n", E_MANIFEST_FORMAT, list},
        {"1  data/a\n2 data/b\n", E_MANIFEST_FORMAT, list},
        {"1 *data/a\n2  data/b\n", E_MANIFEST_FORMAT, list},
        {"1* data/a\n2  data/b\n", E_MANIFEST_FORMAT, list},
        {"1  \n", E_MANIFEST_FORMAT, list},
        {"1\n", E_MANIFEST_FORMAT, list},
        {"1  d\n", E_MANIFEST_MISSING, "bag/d"},
        {"1  data/a\n2  data/c\n", E_MANIFEST_MISSING, "bag/data/c"},
        {"2  data/a\n2  data/b\n", E_MANIFEST_MISMATCH, "bag/data/a"},
        {"1  data/a\n" DIGEST "  data/b\n", E_MANIFEST_MISMATCH, "bag/data/b"},
        {"G" DIGEST, E_MANIFEST_FORMAT, list},
        {"Gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  data/a\n", E_MANIFEST_FORMAT, list},
        /* the longest name that an archive can have, and one more */
        {DIGEST "  " NINETY TEN "\n", E_MANIFEST_MISSING, "bag/" NINETY TEN},
        {DIGEST "  " NINETY TEN "a\n", E_MANIFEST_FORMAT, list},
        /* tag files are of the other list */
        {"1  data/a\n2  data/b\n" DIGEST "  bagit.txt\n", E_MANIFEST_MISMATCH, "bag/bagit.txt"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bag bag = bag_of(cases[i].manifest);

        check(cases[i].manifest, &bag, cases[i].code, cases[i].path);
    }
}

/* a NUL in a line hides what follows it */
static void test_nul(void **state)
{
    struct bag bag = bag_of("1  data/a\n2  data/b\n");
    struct member *m = &bag.members[MANIFEST];
    char *data = vfy_mem_alloc(&test_arena, m->size);

    (void)state;
    memcpy(data, m->data, m->size);
    data[m->size - 2] = '\0';
    m->data = data;
    check("a NUL", &bag, E_MANIFEST_FORMAT, m->name);
}

static void test_tags(void **state)
{
    static const struct {
        int which;
        const char *data;
        enum vfy_code code;
    } cases[] = {{INFO, "Payload-Oxum: 3.3\n", E_MANIFEST_FORMAT}, {INFO, "Payload-Oxum: 4.2\n", E_MANIFEST_FORMAT},
                 {INFO, OXUM "x", E_MANIFEST_FORMAT}, {INFO, "", E_MANIFEST_FORMAT},
                 {BAGIT_TXT, "BagIt-Version: 0.9\nTag-File-Character-Encoding: UTF-8\n", E_MANIFEST_FORMAT},
                 {TAGS, "", E_MANIFEST_EXTRA}, {TAGS, "x\n", E_MANIFEST_FORMAT}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bag bag = bag_of("1  data/a\n2  data/b\n");
        struct member *m = &bag.members[cases[i].which];

        put(m, m->name, cases[i].data);
        check(cases[i].data, &bag, cases[i].code, m->name);
    }
    for (int i = 0; i < MEMBERS; i++) {
        struct bag bag = bag_of("1  data/a\n2  data/b\n");
        const char *name = bag.members[i].name;

        memmove(bag.members + i, bag.members + i + 1, (size_t)(MEMBERS - 1 - i) * sizeof *bag.members);
        bag.count--;
        if (i == A || i == B) /* the sum of the payload says so first */
            check(name, &bag, E_MANIFEST_FORMAT, "bag/bag-info.txt");
        else
            check(name, &bag, E_MANIFEST_MISSING, name);
    }
    {
        struct bag bag = bag_of("1  data/a\n2  data/b\n");

        put(&bag.members[bag.count++], "bag/tagz.txt", "");
        check("a fifth tag file", &bag, E_MANIFEST_EXTRA, "bag/");
        bag.count = 0;
        check("nothing", &bag, E_MANIFEST_MISSING, "bag/bagit.txt");
        put(&bag.members[bag.count++], "bag/bagit.txt", BAGIT);
        check("one tag file", &bag, E_MANIFEST_MISSING, "bag/bag-info.txt");
        bag.count = 0;
        put(&bag.members[bag.count++], "bag/data/a", "x");
        for (int i = 0; i < 4; i++)
            put(&bag.members[bag.count++], text("bag/z1", i == 0 ? "a" : i == 1 ? "b" : i == 2 ? "c" : "d", ""), "");
        check("no tag file, and the payload comes first", &bag, E_MANIFEST_MISSING, "bag/bagit.txt");
    }
}

static void test_names(void **state)
{
    struct member m[2];
    struct bag bag = {&test_arena, m, 2};
    struct buf b = {&test_arena, NULL, 0, 0};

    (void)state;
    put(&m[0], "bag/data/" NINETY "a", "");
    put(&m[1], "bag/datb", "");
    assert_string_equal(vfy_bag_payload(&m[0]), NINETY "a");
    assert_null(vfy_bag_payload(&m[1]));
    assert_ptr_equal(vfy_bag_peek(&bag, "%sa", NINETY), &m[0]);
    assert_false(m[0].ticked);
    assert_null(vfy_bag_peek(&bag, "%saa", NINETY));
    assert_null(vfy_bag_peek(&bag, "%saaa", NINETY));
    assert_null(vfy_bag_peek(&bag, "%s%s", NINETY, NINETY));
    assert_null(vfy_bag_peek(&bag, "%04000d", 0)); /* and nothing is written behind the room for a name */
    assert_null(vfy_bag_find(&bag, "a"));
    assert_ptr_equal(vfy_bag_find(&bag, NINETY "a"), &m[0]);
    assert_true(m[0].ticked);
    assert_int_equal(vfy_bag_lines(&bag, "a", &b), 1);
    assert_int_equal(vfy_bag_lines(&bag, "b", &b), 0);
    assert_int_equal(vfy_bag_lines(&bag, NINETY "aa", &b), 0);
    assert_int_equal(vfy_bag_lines(&bag, NINETY NINETY NINETY, &b), 0);
    assert_string_equal(b.p, text("1  data/" NINETY "a\n", m[0].sha256, ""));
    bag.count = 0;
    assert_null(vfy_bag_find(&bag, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_manifest), TEST(test_nul), TEST(test_tags), TEST(test_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
