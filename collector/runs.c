/* collector/runs.c - see collector/runs.h. */
#include "collector/runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define VISIT_MAX 512 /* digests handed out at once */

int col_runs_file(const char *folder, int *fd, struct err *e)
{
    char path[FILE_PATH_MAX];

    if (file_join(path, folder, "spill.XXXXXX", e) != 0 || file_make_folders(folder, e) != 0)
        return -1;
    *fd = mkstemp(path);
    if (*fd < 0)
        return err_errno(e, errno, "cannot create a temporary file in %s", folder);
    (void)unlink(path);
    return 0;
}

int col_runs_write(int fd, const void *data, size_t len, uint64_t at, struct err *e)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = pwrite(fd, p, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_errno(e, n < 0 ? errno : EIO, "cannot write a temporary file");
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

int col_runs_read(int fd, void *data, size_t len, uint64_t at, struct err *e)
{
    char *p = data;

    while (len > 0) {
        ssize_t n = pread(fd, p, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_errno(e, n < 0 ? errno : EIO, "cannot read a temporary file");
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

void col_runs_begin(struct col_runs *r, void *front, void *back, size_t bytes)
{
    r->pairs = front;
    r->spare = back;
    r->room = bytes / sizeof *r->pairs;
    r->count = 0;
    r->written = 0;
    r->run_count = 0;
}

static int compare_pairs(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

/* Sort what is in memory; equal digests become one pair. */
static void collapse(struct col_runs *r)
{
    size_t kept = 0;

    if (r->count == 0)
        return;
    qsort(r->pairs, r->count, sizeof *r->pairs, compare_pairs);
    for (size_t i = 1; i < r->count; i++) {
        if (compare_pairs(&r->pairs[kept], &r->pairs[i]) == 0)
            r->pairs[kept].number += r->pairs[i].number;
        else
            r->pairs[++kept] = r->pairs[i];
    }
    r->count = kept + 1;
}

static int write_run(struct col_runs *r, struct err *e)
{
    if (r->run_count == COL_RUNS_MAX || r->run_count == r->room)
        return err_set(e, ERR_LIMIT, "a table with too many rows for this much memory");
    if (r->fd < 0 && col_runs_file(r->folder, &r->fd, e) != 0)
        return -1;
    if (col_runs_write(r->fd, r->pairs, r->count * sizeof *r->pairs, r->written * sizeof *r->pairs,
                       e) != 0)
        return -1;
    r->runs[r->run_count++] = (struct col_run){r->written, r->count, NULL, 0, 0};
    r->written += r->count;
    r->count = 0;
    return 0;
}

int col_runs_add(struct col_runs *r, const unsigned char (*digests)[DIGEST_BYTES], size_t n,
                 struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (r->count == r->room) {
            collapse(r);
            if (r->count > r->room / 2 && write_run(r, e) != 0)
                return -1;
        }
        memcpy(r->pairs[r->count].digest, digests[i], DIGEST_BYTES);
        r->pairs[r->count++].number = 1;
    }
    return 0;
}

/* The run whose first pair is the least, with a pair loaded; NULL when all are at their end. */
static int least_run(struct col_runs *r, size_t slice, struct col_run **out, struct err *e)
{
    struct col_run *least = NULL;

    for (size_t i = 0; i < r->run_count; i++) {
        struct col_run *run = &r->runs[i];

        if (run->next == run->loaded && run->left > 0) {
            run->loaded = run->left < slice ? (size_t)run->left : slice;
            run->next = 0;
            if (col_runs_read(r->fd, run->pairs, run->loaded * sizeof *run->pairs,
                              run->at * sizeof *run->pairs, e) != 0)
                return -1;
            run->at += run->loaded;
            run->left -= run->loaded;
        }
        if (run->next < run->loaded &&
            (least == NULL ||
             compare_pairs(&run->pairs[run->next], &least->pairs[least->next]) < 0))
            least = run;
    }
    *out = least;
    return 0;
}

static int visit_pair(const struct col_pair *pair, col_visit *visit, void *context, struct err *e)
{
    unsigned char same[VISIT_MAX][DIGEST_BYTES];
    uint64_t left = pair->number;

    for (size_t i = 0; i < VISIT_MAX && i < left; i++)
        memcpy(same[i], pair->digest, DIGEST_BYTES);
    while (left > 0) {
        size_t n = left < VISIT_MAX ? (size_t)left : VISIT_MAX;

        if (visit(context, (const unsigned char(*)[DIGEST_BYTES])same, n, e) != 0)
            return -1;
        left -= n;
    }
    return 0;
}

int col_runs_visit(struct col_runs *r, col_visit *visit, void *context, struct err *e)
{
    struct col_run *run;
    size_t slice;

    collapse(r);
    if (r->run_count == 0) {
        for (size_t i = 0; i < r->count; i++)
            if (visit_pair(&r->pairs[i], visit, context, e) != 0)
                return -1;
        return 0;
    }
    if (r->count > 0 && write_run(r, e) != 0)
        return -1;
    slice = r->room / r->run_count;
    for (size_t i = 0; i < r->run_count; i++)
        r->runs[i].pairs = r->spare + i * slice;
    for (;;) {
        if (least_run(r, slice, &run, e) != 0)
            return -1;
        if (run == NULL)
            return 0;
        if (visit_pair(&run->pairs[run->next++], visit, context, e) != 0)
            return -1;
    }
}
