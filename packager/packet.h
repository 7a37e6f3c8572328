/*
 * packager/packet.h - the review packet: every file beside package.tar that a reviewer
 * gets, rendered from the model by templates/.  DESIGN: sections 6 and 8.
 */
#ifndef PACKAGER_PACKET_H
#define PACKAGER_PACKET_H

#include "packager/key.h"
#include "packager/stage.h"

#define PKG_PACKET_FILES 15

struct pkg_packet_file {
    const char *name;
    struct buf text;
};

/* pkg_packet_render(model, verdict, out, e): every file, sorted by name; verdict is the
 * bytes of verdict.json, which are copied.  Ownership: pkg_packet_release(). */
int pkg_packet_render(const struct jv *model, const struct buf *verdict,
                      struct pkg_packet_file out[PKG_PACKET_FILES], struct err *e) BASE_MUST_USE;
void pkg_packet_release(struct pkg_packet_file files[PKG_PACKET_FILES]);

/* pkg_packet_write(stage, verdict_path, key, e): render into the stage and append line 3.
 * Doing it twice gives the same bytes. */
int pkg_packet_write(const struct pkg_stage *stage, const char *verdict_path,
                     const struct pkg_key *key, struct err *e) BASE_MUST_USE;

#endif
