/*
 * tests/unit/base_test.h - what the base_*.c and driver_*.c tests share: cmocka in the
 * order it wants, a folder that goes away, and checks of the error idiom.
 */
#ifndef TESTS_UNIT_BASE_TEST_H
#define TESTS_UNIT_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A test table is one cmocka test; this says which of its rows failed. */
#define ROW(i, name, condition)                                        \
    do {                                                               \
        if (!(condition))                                              \
            fail_msg("row %zu (%s): %s", (size_t)(i), name, #condition); \
    } while (0)

/* The call failed with this kind and exactly this text. */
#define assert_error(call, e, wanted_kind, wanted_text)    \
    do {                                                   \
        assert_int_equal((call), -1);                      \
        assert_string_equal((e).text, (wanted_text));      \
        assert_int_equal((int)(e).kind, (int)(wanted_kind)); \
    } while (0)

/* A group's fixture: *state is the path of an empty folder, removed at the end. */
static inline int make_scratch(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char *path = malloc(FILE_PATH_MAX);

    if (path == NULL)
        return -1;
    (void)snprintf(path, FILE_PATH_MAX, "%s/dryproof-unit-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    *state = path;
    return mkdtemp(path) == NULL ? -1 : 0;
}

static inline int drop_scratch(void **state)
{
    struct err e;
    int rc = file_remove_tree(*state, &e);

    free(*state);
    return rc;
}

#endif
