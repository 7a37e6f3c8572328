/* packager/verb_remote.h - what the verbs about repositories share. */
#ifndef PACKAGER_VERB_REMOTE_H
#define PACKAGER_VERB_REMOTE_H

#include "packager/commit.h"

/* pkg_verb_publish(dir, key, log_key, verdict, is_json, order, e): read the stage and the key files
 * (log_key and verdict may be NULL), commit as order says, and print what came of it. */
int pkg_verb_publish(const char *dir, const char *key, const char *log_key, const char *verdict, bool is_json,
                     struct pkg_commit_order *order, struct err *e) BASE_MUST_USE;

/* pkg_verb_limits(wait, timeout, order, e): the values of --wait and --timeout, or NULL, into order. */
int pkg_verb_limits(const char *wait, const char *timeout, struct pkg_commit_order *order, struct err *e) BASE_MUST_USE;

/* pkg_verb_bring(repo, e): fetch with the usual limits, and print nothing. */
int pkg_verb_bring(const char *repo, struct err *e) BASE_MUST_USE;

#endif
