/*
 * bench/snapshot.c - one snapshot of a database without a carrier, as the collector takes it,
 * or two with a command between them and the WAL that it made: what `make bench` times.
 * Usage: snapshot CONNINFO OUT WORKERS RELATION [COMMAND] (any table; a plan has to name one)
 * Prints: seconds (with a command: of reading its WAL), and the most memory that was
 * resident, in MiB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/begin.h"
#include "collector/observe.h"
#include "collector/snapshot.h"
#include "collector/wal.h"

static const char *const named[] = {"gates", "grant", "contracts", "catalog", "admissions"};

static struct jv *make_plan(const char *relation)
{
    struct jv *doc = jv_object();

    jv_set(doc, "scope", jv_set(jv_object(), "exclude", jv_array()));
    jv_set(doc, "captured", jv_array());
    jv_set(doc, "allowed_changes", jv_array());
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        jv_set(doc, named[i], jv_set(jv_object(), "relation", jv_string(relation)));
    return doc;
}

/* VmHWM: most that was ever resident. */
static double most_resident(void)
{
    char line[256];
    double kib = 0;
    FILE *f = fopen("/proc/self/status", "r");

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtod(line + 6, NULL);
    if (f != NULL)
        (void)fclose(f);
    return kib / 1024;
}

static int take(char **argv, struct col_context *c, struct err *e)
{
    c->workers = strtoul(argv[3], NULL, 10);
    c->plan.doc = make_plan(argv[4]);
    return col_pg_params(argv[1], NULL, &c->observer_params, e) != 0 ||
                   col_pg_open(c->observer_params, COL_PG_OBSERVER, &c->observer, e) != 0 ||
                   col_observe_role(c->observer, NULL, &c->step_role, e) != 0 ||
                   col_rundir_create(argv[2], &c->dir, e) != 0 ||
                   col_snapshot_take(c, "before", e) != 0
               ? -1 : 0;
}

static int read_wal(const char *command, struct col_context *c, struct err *e)
{
    if (system(command) != 0)
        return err_set(e, ERR_SYSTEM, "the command failed");
    return col_snapshot_take(c, "after", e) != 0 || col_wal_write(c, e) != 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct timespec start, end;
    struct col_context c;
    struct err e = {ERR_NONE, ""};
    double seconds;
    int rc;

    memset(&c, 0, sizeof c);
    if (argc != 5 && argc != 6)
        return 2;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    rc = take(argv, &c, &e);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
    if (rc == 0 && argc == 6) {
        rc = read_wal(argv[5], &c, &e);
        seconds = (double)c.costs[COL_COST_WAL].ms / 1000;
    }
    col_begin_release(&c);
    if (rc != 0) {
        (void)fprintf(stderr, "snapshot: error: %s\n", e.text);
        return 5;
    }
    (void)printf("%.4f %.1f\n", seconds, most_resident());
    return 0;
}
