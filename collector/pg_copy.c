/* collector/pg_copy.c - see collector/pg_copy.h. */
#include "collector/pg_copy.h"

#include <sys/ioctl.h>
#include <time.h>

#include "collector/pg_wire.h"

#define PENDING_MIN 65536         /* worth a read */
#define BULK ((size_t)1 << 20)    /* a stream of so many bytes is likely to go on */
#define PAUSE_NS 200000           /* the socket must not fill meanwhile */

/*
 * Wait for more.  In a bulk stream sleep once when little has come: only then is the server
 * the slower one, and one wake-up serves many of its writes.
 */
static int wait_for_more(struct col_pg *pg, bool is_bulk, struct err *e)
{
    const struct timespec pause = {0, PAUSE_NS};
    int pending = 0;

    if (is_bulk && ioctl(col_pg_wire_socket(pg), FIONREAD, &pending) == 0 && pending < PENDING_MIN)
        (void)nanosleep(&pause, NULL);
    return col_pg_wire_wait(pg, e);
}

static int copy_one(struct col_pg *pg, const struct col_pg_sink *sink, struct err *e)
{
    size_t rows = 0;
    size_t bytes = 0;
    char *row = NULL;
    int len = 0;
    int rc = col_pg_wire_begins(pg, e);

    while (rc == 0 && (rc = col_pg_wire_row(pg, &row, &len, e)) == 0 && len >= 0) {
        if (len == 0) {
            rc = wait_for_more(pg, bytes >= BULK, e);
            continue;
        }
        rc = sink->on_line(sink->context, row, (size_t)len - 1, e);
        col_pg_wire_free(row);
        bytes += (size_t)len;
        rows++;
    }
    if (rc != 0 || col_pg_wire_ends(pg, rows, bytes, e) != 0)
        return -1;
    return sink->on_end(sink->context, e);
}

int col_pg_copy(struct col_pg *pg, const char *sql, size_t count, const struct col_pg_sink *sink,
                struct err *e)
{
    if (col_pg_wire_send(pg, sql, e) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (copy_one(pg, sink, e) != 0)
            return -1;
    return col_pg_wire_over(pg, sql, e);
}
