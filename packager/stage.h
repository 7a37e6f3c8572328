/*
 * packager/stage.h - the stage: a folder with package.tar, its attestations and, once
 * rendered, the packet.  What stands in it is checked before anything is built on it.
 */
#ifndef PACKAGER_STAGE_H
#define PACKAGER_STAGE_H

#include "base/file.h"
#include "base/json.h"
#include "packager/key.h"
#include "packager/naming.h"

#define PKG_STAGE_PACKAGE "package.tar"
#define PKG_STAGE_ATTESTATIONS "attestations.intoto.jsonl"
#define PKG_STAGE_LINES 3

struct pkg_stage {
    char dir[FILE_PATH_MAX];
    char package[DIGEST_HEX];
    struct buf archive; /* the bytes whose digest that is */
    struct pkg_naming *name;               /* of these as a blob; NULL: nobody asked */
    size_t line_count;                     /* 2, or 3 with the packet */
    struct buf lines[PKG_STAGE_LINES];     /* the envelopes, each with its LF */
    struct jv *statement[PKG_STAGE_LINES]; /* their payloads */
};

/* pkg_stage_open(dir, key, out, e): read a stage.  ERR_INPUT unless it has two or three
 * envelopes, all by key (NULL: whosever), of the expected types, the first over package.tar's bytes.
 * Ownership: pkg_stage_release(). */
int pkg_stage_open(const char *dir, const struct pkg_key *key, struct pkg_stage *out,
                   struct err *e) BASE_MUST_USE;

/* pkg_stage_open_named(dir, key, out, e): the same for a commit; name is being made. */
int pkg_stage_open_named(const char *dir, const struct pkg_key *key, struct pkg_stage *out, struct err *e) BASE_MUST_USE;
void pkg_stage_release(struct pkg_stage *stage);

/* pkg_stage_predicate(stage): the predicate of line 1. */
const struct jv *pkg_stage_predicate(const struct pkg_stage *stage);

/* pkg_stage_read(stage, name, out, e): one file of the stage. */
int pkg_stage_read(const struct pkg_stage *stage, const char *name, struct buf *out, struct err *e)
    BASE_MUST_USE;

/* pkg_stage_sign(key, statement, out, e): append the envelope of a statement; frees it. */
int pkg_stage_sign(const struct pkg_key *key, struct jv *statement, struct buf *out, struct err *e)
    BASE_MUST_USE;

/* pkg_stage_sign_both(key, a, b, out, e): two of them; what has to be signed elsewhere of both is
 * asked for at once. */
int pkg_stage_sign_both(const struct pkg_key *key, struct jv *a, struct jv *b, struct buf *out,
                        struct err *e) BASE_MUST_USE;

/* pkg_stage_check_packet(stage, e): line 3 is there and its subjects are exactly the
 * stage's other files, byte for byte.  ERR_INPUT otherwise. */
int pkg_stage_check_packet(const struct pkg_stage *stage, struct err *e) BASE_MUST_USE;

#endif
