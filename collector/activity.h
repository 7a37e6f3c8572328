/*
 * collector/activity.h - who was there at an edge: sessions, counters, settings.  For
 * attribution; nothing is judged.  FORMAT.md section 3, activity.json.
 */
#ifndef COLLECTOR_ACTIVITY_H
#define COLLECTOR_ACTIVITY_H

#include "collector/pg.h"

/* col_activity_read(pg, doc, e): activity.json but for its holders.  It waits until the
 * server processes of our closed sessions have ended: they are nobody else's.
 * Ownership: jv_free(). */
int col_activity_read(struct col_pg *pg, struct jv **doc, struct err *e) BASE_MUST_USE;

/* col_activity_await_leaving(pg, e): a client that has said goodbye a moment ago is still shown, idle,
 * until its server process ends, and would be one of the others (FORMAT.md section 10, "Who wrote").
 * So those that were at work within the last two seconds get one second to go, as long as they do
 * nothing else.  Who stays is listed as always. */
int col_activity_await_leaving(struct col_pg *pg, struct err *e) BASE_MUST_USE;

/* col_activity_join(pg, doc, e): add the sessions that have come since doc was read, as they
 * are now.  Those that were there stay as they were seen first. */
int col_activity_join(struct col_pg *pg, struct jv *doc, struct err *e) BASE_MUST_USE;

#endif
