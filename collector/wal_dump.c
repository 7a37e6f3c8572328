/*
 * collector/wal_dump.c - see collector/wal_read.h.  That the files are this server's is shown
 * by its own process: ours is served by a child of the postmaster that holds the folder.
 * The program comes from the system's folders, never from a place that the server names.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "collector/progress.h"
#include "collector/wal_read.h"

#define SMALL_MAX 65536
#define CHUNK (1 << 20)
#define SEGMENT_NAME 25 /* PostgreSQL's own: timeline and number, 24 digits */

enum { FUNCTION, DENIED, SEGMENT, BLOCK, FOLDER, PID, SYSTEM, MAJOR };

/* The first number in a file, after skip. */
static int first_number(const char *path, const char *skip, long *out, struct err *e)
{
    struct buf text = buf_init(SMALL_MAX);
    const char *at;
    int rc = -1;

    if (file_read(path, SMALL_MAX, &text, e) != 0)
        return -1;
    at = *skip == '\0' ? text.data : strstr(text.data, skip);
    if (at == NULL || sscanf(at + strlen(skip), "%ld", out) != 1)
        err_set(e, ERR_SYSTEM, "%s has another form than expected", path);
    else
        rc = 0;
    buf_release(&text);
    return rc;
}

static int check_files(const struct jv *source, struct err *e)
{
    const char *folder = col_pg_text(source, 0, FOLDER);
    const char *pid = col_pg_text(source, 0, PID);
    const char *system = col_pg_text(source, 0, SYSTEM);
    char path[FILE_PATH_MAX];
    struct buf control = buf_init(SMALL_MAX);
    long postmaster, parent;
    uint64_t id;
    int rc = -1;

    if (folder == NULL || pid == NULL || system == NULL)
        return err_set(e, ERR_SYSTEM, "the role may not see data_directory: GRANT pg_read_all_settings");
    if (file_join(path, folder, "postmaster.pid", e) != 0 ||
        first_number(path, "", &postmaster, e) != 0)
        return err_context(e, "the server's files are not on this machine, or not ours to read");
    (void)snprintf(path, sizeof path, "/proc/%.20s/status", pid);
    if (first_number(path, "\nPPid:", &parent, e) != 0 || parent != postmaster)
        return err_set(e, ERR_SYSTEM, "%s is not the folder of the server that we speak to", folder);
    if (file_join(path, folder, "global/pg_control", e) != 0 ||
        file_read(path, SMALL_MAX, &control, e) != 0)
        goto out;
    if (control.len >= sizeof id)
        memcpy(&id, control.data, sizeof id); /* same machine, same byte order */
    if (control.len < sizeof id || id != strtoull(system, NULL, 10))
        err_set(e, ERR_SYSTEM, "%s holds another system than the one that we speak to", folder);
    else
        rc = 0;
out:
    buf_release(&control);
    return rc;
}

/* A program that was started with its standard output in ours. */
struct child {
    pid_t pid;
    FILE *out;
    FILE *complaints;
};

static int start_child(const char *const *argv, struct child *c, struct err *e)
{
    static char *const environment[] = {"LC_ALL=C", "TZ=UTC", NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    int bad;

    *c = (struct child){-1, NULL, tmpfile()};
    if (c->complaints == NULL || pipe(ends) != 0)
        return err_errno(e, errno, "cannot make a pipe");
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    c->out = fdopen(ends[0], "r");
    bad = posix_spawn_file_actions_init(&actions);
    if (bad == 0) {
        (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        (void)posix_spawn_file_actions_adddup2(&actions, fileno(c->complaints), 2);
        (void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        (void)posix_spawn_file_actions_addclose(&actions, ends[1]);
        bad = posix_spawn(&c->pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environment);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(ends[1]);
    if (bad == 0 && c->out != NULL)
        return 0;
    c->pid = bad == 0 ? c->pid : -1;
    return err_errno(e, bad == 0 ? ENOMEM : bad, "cannot run %s", argv[0]);
}

/* is_done: all was read, and it must end well; else it is stopped.  e is kept when set. */
static int end_child(struct child *c, bool is_done, const char *program, struct err *e)
{
    char said[400] = "";
    int status = 0;
    size_t n;

    if (c->out != NULL)
        (void)fclose(c->out);
    if (c->pid > 0) {
        if (!is_done)
            (void)kill(c->pid, SIGKILL);
        while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    if (c->complaints != NULL) {
        rewind(c->complaints);
        n = fread(said, 1, sizeof said - 1, c->complaints);
        said[n > 0 && said[n - 1] == '\n' ? n - 1 : n] = '\0';
        (void)fclose(c->complaints);
    }
    if (!is_done)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? 0 : err_set(e, ERR_SYSTEM, "%s failed: %s", program, said);
}

/* Does the program say that it is of this version? */
static bool is_version(const char *program, const char *major)
{
    const char *argv[] = {program, "--version", NULL};
    char line[200] = "", expected[64];
    struct err ignored;
    struct child c;
    bool is_right;

    if (access(program, X_OK) != 0)
        return false;
    (void)snprintf(expected, sizeof expected, "pg_waldump (PostgreSQL) %.10s", major);
    is_right = start_child(argv, &c, &ignored) == 0 && fgets(line, sizeof line, c.out) != NULL &&
               strncmp(line, expected, strlen(expected)) == 0 &&
               strchr(".abcdefghijklmnopqrstuvwxyz\n", line[strlen(expected)]) != NULL;
    return end_child(&c, is_right, program, &ignored) == 0 && is_right;
}

static int find_program(const char *major, char out[FILE_PATH_MAX], struct err *e)
{
    const char *path = getenv("PATH");

    (void)snprintf(out, FILE_PATH_MAX, "/usr/lib/postgresql/%.10s/bin/pg_waldump", major);
    if (is_version(out, major))
        return 0;
    while (path != NULL && *path != '\0') {
        size_t n = strcspn(path, ":");

        if (n > 0 && n < FILE_PATH_MAX - 20 && *path == '/') {
            (void)snprintf(out, FILE_PATH_MAX, "%.*s/pg_waldump", (int)n, path);
            if (is_version(out, major))
                return 0;
        }
        path += n + (path[n] == ':');
    }
    return err_set(e, ERR_SYSTEM, "no pg_waldump of version %s found; install postgresql-%s", major, major);
}

/* A line that does not begin as a record's, or names a place outside the range, is the rest
 * of a text with a line break.  One that only looks like a record of the range does not fit
 * between its neighbours, or the true one behind it does not: nothing true is passed over. */
static int read_lines(FILE *out, const struct wal_range *range, struct wal_groups *g, struct err *e)
{
    struct wal_record r;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int rc = 0;

    while (rc == 0 && (n = getline(&line, &cap, out)) > 0) {
        n -= line[n - 1] == '\n';
        line[n] = '\0';
        if (strncmp(line, "rmgr: ", 6) != 0)
            continue;
        rc = col_wal_record_dump(line, (size_t)n, &r, e);
        if (rc == 0 && r.lsn >= range->start && r.lsn < range->end)
            rc = col_wal_groups_add(g, &r, e);
        if (col_wal_groups_records(g) % 65536 == 0)
            col_progress_wal(col_wal_groups_next(g) - range->start, range->end - range->start);
    }
    if (rc == 0 && ferror(out))
        rc = err_errno(e, errno, "cannot read the output of pg_waldump");
    free(line);
    return rc;
}

int col_wal_dump_find(const struct jv *source, char program[FILE_PATH_MAX], struct err *e)
{
    const char *major = col_pg_text(source, 0, MAJOR);

    if (check_files(source, e) != 0)
        return -1;
    if (major == NULL)
        return err_set(e, ERR_SYSTEM, "the server does not tell its version");
    return find_program(major, program, e);
}

/* The file that a place lies in.  Without a name pg_waldump asks any file of the folder for the size of
 * a segment, and one that was made ahead and never written to has none. */
static void name_segment(uint64_t at, const struct wal_range *range, char out[SEGMENT_NAME])
{
    uint64_t number = at / range->layout.segment, in_one = ((uint64_t)1 << 32) / range->layout.segment;

    (void)snprintf(out, SEGMENT_NAME, "%08" PRIX32 "%08" PRIX32 "%08" PRIX32, range->timeline,
                   (uint32_t)(number / in_one), (uint32_t)(number % in_one));
}

int col_wal_dump(const struct wal_range *range, const struct jv *source,
                 struct wal_groups **groups, struct err *e)
{
    char program[FILE_PATH_MAX], path[FILE_PATH_MAX], start[WAL_LSN_TEXT], end[WAL_LSN_TEXT];
    char first[SEGMENT_NAME], last[SEGMENT_NAME]; /* with the timeline */
    const char *argv[] = {program, "--path", path, "--start", start, "--end", end, first, last, NULL};
    uint64_t behind = col_wal_record_end(range->end, &range->layout);
    struct wal_groups *g = NULL;
    struct child c = {-1, NULL, NULL};
    bool is_read;
    int rc = -1;

    if (col_wal_dump_find(source, program, e) != 0 ||
        file_join(path, col_pg_text(source, 0, FOLDER), "pg_wal", e) != 0 ||
        col_wal_groups_new(range->start, &range->layout, &g, e) != 0)
        return -1;
    name_segment(range->start, range, first);
    name_segment(behind - 1, range, last);
    col_wal_lsn_print(range->start, start);
    col_wal_lsn_print(behind, end);
    is_read = start_child(argv, &c, e) == 0 && setvbuf(c.out, NULL, _IOFBF, CHUNK) == 0 &&
              read_lines(c.out, range, g, e) == 0;
    rc = end_child(&c, is_read, "pg_waldump", e);
    if (rc == 0 && (rc = col_wal_groups_end(g, range->end, e)) == 0) {
        *groups = g;
        g = NULL;
    }
    col_wal_groups_free(g);
    return rc;
}
