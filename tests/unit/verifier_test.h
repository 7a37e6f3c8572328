/*
 * tests/unit/verifier_test.h - what the verifier's unit tests share: cmocka, one arena a
 * test, and the third-party vectors where they are present.
 */
#ifndef VERIFIER_TEST_H
#define VERIFIER_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/file.h"

static struct arena test_arena;

static inline int test_end(void **state)
{
    (void)state;
    vfy_mem_release(&test_arena);
    return 0;
}
#define TEST(f) cmocka_unit_test_teardown(f, test_end)

/* folder of the vectors, or skips the test and says so */
static inline const char *test_vectors(const char *below)
{
    const char *root = getenv("DRYPROOF_VECTORS");
    char *path = vfy_mem_print(&test_arena, "%s/%s", root != NULL ? root : "../shared/vectors", below);
    FILE *f = fopen(path, "r");

    if (f == NULL) {
        print_message("skipped: no third-party vectors at %s (set DRYPROOF_VECTORS)\n", path);
        skip();
    }
    fclose(f);
    return path;
}

static inline char *test_read(const char *path, size_t *n)
{
    struct err e = {VFY_NO_CODE, "", ""};
    char *data = NULL;

    if (vfy_file_read(&test_arena, path, 1 << 26, &data, n, &e) != 0)
        fail_msg("%s: %s", path, e.text);
    return data;
}

#define assert_code(code, wanted) \
    assert_string_equal(vfy_findings_info(code)->name, vfy_findings_info(wanted)->name)

#endif
