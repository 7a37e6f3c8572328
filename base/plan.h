/*
 * base/plan.h - a carrier's plan.json, checked (FORMAT.md section 2).
 */
#ifndef BASE_PLAN_H
#define BASE_PLAN_H

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"

#define PLAN_FILE_MAX ((size_t)16 << 20) /* bytes of one of the carrier's files */

struct plan {
    char carrier_dir[FILE_PATH_MAX];
    struct jv *doc;         /* plan.json, every member present and of its type */
    struct file_list files; /* every regular file of the carrier, sorted */
    char sha256[DIGEST_HEX];
};

/* plan_load(dir, out, e): read and check a carrier: known members only, types, names
 * of steps and cases unique, files present, claims known, references resolved.
 * ERR_INPUT says which member and what was expected; ERR_SYSTEM.
 * Ownership: plan_release(). */
int plan_load(const char *dir, struct plan *out, struct err *e) BASE_MUST_USE;
void plan_release(struct plan *plan);

/* plan_load_any(dir, out, e): like plan_load, for who packs the folder, which may hold the plan of a
 * bracket: doc is then what plan_bracket_expand gives.  sha256 is "": the other files are not read. */
int plan_load_any(const char *dir, struct plan *out, struct err *e) BASE_MUST_USE;

/* plan_read(plan, name, out, e): the bytes of one of the carrier's files. */
int plan_read(const struct plan *plan, const char *name, struct buf *out, struct err *e)
    BASE_MUST_USE;

/* plan_named(array, name): the element of an array of objects with this "name", or NULL. */
const struct jv *plan_named(const struct jv *array, const char *name);

/* plan_captured(plan, relation): the element of "captured", or NULL. */
const struct jv *plan_captured(const struct plan *plan, const char *relation);

/* plan_statement(endpoint, out, e): "schema.f(a,b)" -> "SELECT schema.f($1::a, $2::b)". */
int plan_statement(const char *endpoint, struct buf *out, struct err *e) BASE_MUST_USE;

/* plan_arg(arg, out, is_null, e): a parameter's text: a string as it is, an object or
 * array as canonical JSON; *is_null for null. */
int plan_arg(const struct jv *arg, struct buf *out, bool *is_null, struct err *e) BASE_MUST_USE;

#endif
