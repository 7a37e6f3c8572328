/*
 * verifier/options.h - the command line of dryproof-verify.
 */
#ifndef VFY_OPTIONS_H
#define VFY_OPTIONS_H

#include "verifier/limits.h"

#include <stdbool.h>
#include <stddef.h>

enum option { OPT_ATTESTATIONS, OPT_STAMPS, OPT_KEY, OPT_POLICY, OPT_REPO, OPT_PACKAGE, OPT_NOW, OPT_AGAINST, OPT_JSON, OPT_ALL,
              OPT_LOG, OPT_SAME, OPT_PACKAGES, OPT_ROTATION, OPT_REVIEWS,
              OPT_AGAINST_REVIEWS, OPTIONS };

struct command {
    const char *value[OPTIONS], *names[2];
    int count;
    const char *counter[VFY_MAX_COUNTERSIGNATURES]; /* attestation files beside the first */
    size_t counter_count;
    const char *rotation[VFY_MAX_ROTATIONS]; /* in the order in which they follow */
    size_t rotation_count;
    char clock[32]; /* what --now would be */
};

extern const char vfy_options_help[];

/* vfy_options_read(argc, argv, c) - into a zeroed *c; returns 0, or 2 after vfy_options_wrong(). */
int vfy_options_read(int argc, char **argv, struct command *c) __attribute__((warn_unused_result));

/* vfy_options_given(c, o) - whether that option was. */
bool vfy_options_given(const struct command *c, enum option o);

/* vfy_options_wrong(what, which, near) - what is wrong with which (escaped), on standard error, and
 * what may have been meant, or NULL.  Returns 2. */
int vfy_options_wrong(const char *what, const char *which, const char *near);

#endif
