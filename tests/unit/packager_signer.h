/* tests/unit/packager_signer.h - one key for all tests of a program, beside its scratch folder. */
#ifndef TESTS_UNIT_PACKAGER_SIGNER_H
#define TESTS_UNIT_PACKAGER_SIGNER_H

#include "packager/key.h"
#include "tests/unit/packager_fixture.h"

static struct pkg_key *key;

static int make_key(void **state)
{
    struct err e;

    return pkg_key_new(&key, &e) != 0 ? -1 : make_scratch(state);
}

static int drop_key(void **state)
{
    pkg_key_free(key);
    return drop_scratch(state);
}

#endif
