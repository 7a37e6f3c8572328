/*
 * tests/unit/collector_digests.c - collector/digests.c, sort.c, runs.c and tally.c in the least
 * memory they take, against sorting everything at once.
 */
#include "tests/unit/base_test.h"

#include "base/row.h"
#include "collector/tally.h"

#define LEAST 1 /* of memory: a hand takes 256 KiB, 4096 digests, then */

enum shape {
    RANDOM,  /* as SHA-256 gives them */
    ONE_PART, /* the first 16 bits alike: all in one part */
    LAST     /* they differ in their last four bytes only */
};

static void make_digest(enum shape shape, uint32_t i, unsigned char out[DIGEST_BYTES])
{
    static struct digest *hash;
    struct err e;

    if (hash == NULL)
        assert_int_equal(digest_new(&hash, &e), 0);
    assert_int_equal(digest_begin(hash, &e), 0);
    assert_int_equal(digest_add(hash, &i, sizeof i, &e), 0);
    assert_int_equal(digest_end(hash, out, &e), 0);
    if (shape != RANDOM)
        memset(out, 0xa7, shape == LAST ? DIGEST_BYTES - 4 : 2);
    if (shape == LAST)
        for (size_t k = 0; k < 4; k++)
            out[DIGEST_BYTES - 1 - k] = (unsigned char)(i * 2654435761u >> 8 * k);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

struct seen {
    unsigned char (*digests)[DIGEST_BYTES];
    size_t count;
    size_t limit;
};

static int see(void *context, const unsigned char (*digests)[DIGEST_BYTES], size_t n, struct err *e)
{
    struct seen *seen = context;

    if (n > seen->limit - seen->count)
        return err_set(e, ERR_INTERNAL, "more digests than were added");
    memcpy(seen->digests + seen->count, digests, n * DIGEST_BYTES);
    seen->count += n;
    return 0;
}

/* Add distinct digests, copies of each, by so many hands; what comes out is the sorted whole. */
static void sorts(const char *folder, const char *name, enum shape shape, size_t distinct,
                  size_t copies, size_t hands)
{
    size_t n = distinct * copies;
    unsigned char (*all)[DIGEST_BYTES] = malloc(n * DIGEST_BYTES + 1);
    struct seen seen = {malloc(n * DIGEST_BYTES + 1), 0, n};
    struct col_hand *hand[3] = {NULL};
    struct col_digests *d = NULL;
    struct err e = {ERR_NONE, ""};

    assert_int_equal(col_digests_new(folder, &d, &e), 0);
    for (size_t k = 0; k < hands; k++)
        assert_int_equal(col_hand_new(LEAST, folder, &hand[k], &e), 0);
    for (size_t i = 0; i < n; i++) {
        make_digest(shape, (uint32_t)(i % distinct), all[i]);
        ROW(i, name, col_digests_add(d, hand[i % hands], all[i], &e) == 0);
    }
    for (size_t k = 0; k < hands; k++)
        ROW(k, name, col_digests_end(d, hand[k], hands == 1, &e) == 0);
    ROW(n, name, col_digests_count(d) == n);
    for (size_t part = 0; part < col_digests_parts(d); part++) {
        ROW(part, name, col_digests_load(d, hand[part % hands], part, &e) == 0);
        ROW(part, name, col_digests_visit(hand[part % hands], see, &seen, &e) == 0);
    }
    if (n > 0)
        qsort(all, n, DIGEST_BYTES, compare);
    ROW(seen.count, name, seen.count == n && (n == 0 || memcmp(seen.digests, all, n * DIGEST_BYTES) == 0));
    for (size_t k = 0; k < hands; k++)
        col_hand_free(hand[k]);
    col_digests_free(d);
    free(seen.digests);
    free(all);
}

static void any_multiset_comes_out_sorted(void **state)
{
    (void)state;
    sorts(*state, "none", RANDOM, 1, 0, 1);
    sorts(*state, "one", RANDOM, 1, 1, 1);
    sorts(*state, "few", RANDOM, 30, 1, 1);
    sorts(*state, "hundreds", RANDOM, 500, 2, 1);
    sorts(*state, "memory just full", RANDOM, 4096, 1, 1);
    sorts(*state, "one more", RANDOM, 4097, 1, 1);
    sorts(*state, "spilled", RANDOM, 30000, 2, 1);
    sorts(*state, "spilled by three", RANDOM, 10000, 3, 3);
    sorts(*state, "three hands, few rows", RANDOM, 5, 1, 3);
    sorts(*state, "all equal", RANDOM, 1, 20000, 1);
    sorts(*state, "all equal, three hands", RANDOM, 1, 20000, 3);
    sorts(*state, "two kinds", RANDOM, 2, 9000, 2);
    sorts(*state, "a part just full", ONE_PART, 4096, 1, 2);
    sorts(*state, "a part larger than memory", ONE_PART, 25000, 1, 2);
    sorts(*state, "a large part with copies", ONE_PART, 5000, 5, 3);
    sorts(*state, "alike up to the end", LAST, 20000, 2, 2);
    sorts(*state, "alike up to the end, in memory", LAST, 3000, 1, 1);
}

/* Nothing of it stays behind, and nobody else could have read it. */
static void spills_have_no_name(void **state)
{
    struct file_list list;
    struct err e;

    sorts(*state, "spilled", RANDOM, 30000, 1, 1);
    assert_int_equal(file_list_tree(*state, &list, &e), 0);
    assert_int_equal(list.count, 0);
    file_list_release(&list);
}

static void a_folder_that_cannot_be_is_an_error(void **state)
{
    struct col_hand *hand = NULL;
    struct col_digests *d = NULL;
    unsigned char digest[DIGEST_BYTES] = {0};
    struct err e = {ERR_NONE, ""};
    int rc = 0;

    (void)state;
    assert_int_equal(col_hand_new(LEAST, "/dev/null/x", &hand, &e), 0);
    assert_int_equal(col_digests_new("/dev/null/x", &d, &e), 0);
    for (size_t i = 0; rc == 0 && i < 5000; i++)
        rc = col_digests_add(d, hand, digest, &e);
    assert_int_equal(rc, -1);
    assert_int_equal((int)e.kind, (int)ERR_SYSTEM);
    col_digests_free(d);
    col_hand_free(hand);
}

/* The table digest and the private list of rows, of which the first repeats. */
static void digests_as(const char *folder, size_t rows, size_t first, size_t hands)
{
    static const char columns_text[] = "[[\"a\",\"text\"]]";
    char path[FILE_PATH_MAX], want[DIGEST_HEX], got[DIGEST_HEX];
    struct col_table table = {.relation = (char[]){"s.t"}};
    struct col_hand *hand[2] = {NULL};
    struct col_digests *d = NULL;
    struct col_tally tally;
    struct row_set set;
    struct digest *hash = NULL;
    struct buf list = buf_init(0);
    struct err e = {ERR_NONE, ""};

    assert_int_equal(jv_parse(columns_text, strlen(columns_text), &table.columns, &e), 0);
    assert_int_equal(row_set_init(&set, &e) | digest_new(&hash, &e) | col_digests_new(folder, &d, &e), 0);
    for (size_t k = 0; k < hands; k++)
        assert_int_equal(col_hand_new(LEAST, folder, &hand[k], &e), 0);
    for (size_t i = 0; i < rows; i++) {
        unsigned char digest[DIGEST_BYTES];
        char line[32];
        size_t len = (size_t)snprintf(line, sizeof line, "row %zu", i < first ? 0 : i);

        assert_int_equal(row_set_add(&set, line, len, &e), 0);
        assert_int_equal(digest_begin(hash, &e) | digest_add(hash, line, len, &e) |
                         digest_end(hash, digest, &e), 0);
        assert_int_equal(col_digests_add(d, hand[i % hands], digest, &e), 0);
    }
    for (size_t k = 0; k < hands; k++)
        assert_int_equal(col_digests_end(d, hand[k], hands == 1, &e), 0);
    assert_int_equal(file_join(path, folder, "rows", &e), 0);
    assert_int_equal(col_tally_open(&tally, d, &table, path, &e), 0);
    assert_int_equal(col_tally_work(&tally, hand[hands - 1], &e), 0);
    assert_int_equal(col_tally_end(&tally, got, &e), 0);
    col_tally_close(&tally);
    assert_int_equal(row_set_digest(&set, "s.t", table.columns, want, &e), 0);
    assert_string_equal(got, want);
    assert_int_equal(file_exists(path), rows > 0);
    if (rows > 0) {
        assert_int_equal(file_read(path, (size_t)1 << 30, &list, &e), 0);
        assert_int_equal(list.len, rows * ROW_LISTED_BYTES);
        for (size_t i = 0; i < rows; i++)
            assert_memory_equal(list.data + i * ROW_LISTED_BYTES, set.digests[i], ROW_LISTED_BYTES);
        assert_int_equal(remove(path), 0);
    }
    for (size_t k = 0; k < hands; k++)
        col_hand_free(hand[k]);
    col_digests_free(d);
    row_set_release(&set);
    digest_free(hash);
    buf_release(&list);
    jv_free(table.columns);
}

static void the_table_digest_is_the_naive_one(void **state)
{
    digests_as(*state, 0, 0, 1);
    digests_as(*state, 1, 0, 1);
    digests_as(*state, 1000, 10, 1);
    digests_as(*state, 20000, 0, 1);
    digests_as(*state, 20000, 9000, 1);
    digests_as(*state, 20000, 20000, 1); /* all equal */
    digests_as(*state, 20000, 9000, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_multiset_comes_out_sorted),
        cmocka_unit_test(spills_have_no_name),
        cmocka_unit_test(a_folder_that_cannot_be_is_an_error),
        cmocka_unit_test(the_table_digest_is_the_naive_one),
    };

    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
