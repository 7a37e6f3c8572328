/* packager/packet_json.h - the packet's JSON files, canonical, data escaped as in text.h. */
#ifndef PACKAGER_PACKET_JSON_H
#define PACKAGER_PACKET_JSON_H

#include "base/json.h"

int pkg_packet_json_review(const struct jv *model, struct buf *out, struct err *e) BASE_MUST_USE;
int pkg_packet_json_paths(const struct jv *model, struct buf *out, struct err *e) BASE_MUST_USE;
int pkg_packet_json_hashes(const struct jv *model, struct buf *out, struct err *e) BASE_MUST_USE;
int pkg_packet_json_exits(const struct jv *model, struct buf *out, struct err *e) BASE_MUST_USE;
int pkg_packet_json_manifest(const struct jv *model, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
