/*
 * verifier/order.h - the order in which things happened: times, on the clock that gave
 * them, and WAL positions.
 */
#ifndef VFY_ORDER_H
#define VFY_ORDER_H

#include "verifier/evidence.h"

/* vfy_order_judge(v) - the edges and v->ran follow one another. */
void vfy_order_judge(struct evidence *v);

/* vfy_order_after(v, r) - the record that ran next, or NULL. */
const struct record *vfy_order_after(const struct evidence *v, const struct record *r);

#endif
