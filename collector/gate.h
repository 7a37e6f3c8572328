/*
 * collector/gate.h - what a fleet and the process of one of its targets say to each other, over
 * two pipes: documents, a line each; from the fleet also empty lines, which are ticks.
 */
#ifndef COLLECTOR_GATE_H
#define COLLECTOR_GATE_H

#include "base/json.h"

struct col_gate {
    int in, out;
    struct buf heard; /* bytes behind the last line that was taken */
};

/* col_gate_open(near, far, e): the two ends, closed on exec.  ERR_SYSTEM.
 * Ownership: col_gate_close() each; twice is fine. */
int col_gate_open(struct col_gate *near, struct col_gate *far, struct err *e) BASE_MUST_USE;
void col_gate_close(struct col_gate *g);

/* col_gate_say(g, doc, e): ERR_SYSTEM when nobody hears it.  Ownership: doc is freed here. */
int col_gate_say(struct col_gate *g, struct jv *doc, struct err *e) BASE_MUST_USE;

/* col_gate_hear(g, out, e): wait for the next document; ticks are passed over.  ERR_SYSTEM when
 * the other end is gone.  Ownership: jv_free(*out). */
int col_gate_hear(struct col_gate *g, struct jv **out, struct err *e) BASE_MUST_USE;

/* col_gate_tick(g): never waits; one that the other end has no time for is left out.
 * col_gate_wait(g, out, e): wait for the next tick, *out NULL, or document; ticks that came
 * meanwhile are one. */
void col_gate_tick(const struct col_gate *g);
int col_gate_wait(struct col_gate *g, struct jv **out, struct err *e) BASE_MUST_USE;

#endif
