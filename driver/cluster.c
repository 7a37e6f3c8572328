/* driver/cluster.c - see driver/cluster.h. */
#define _DEFAULT_SOURCE /* S_ISREG, lstat, kill */
#include "driver/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"

/* A template takes 23 MB of what is often memory: where less than this is free, none is kept. */
#define ROOM_BYTES ((uint64_t)256 << 20)
#define PATH_DIGITS 8 /* of the SHA-256 of the installation */
#define KEY_DIGITS 16 /* of that of all that the template depends on */

#define BEGIN_MS 10000 /* within which a server has written who it is */
#define READY_MS 60000 /* and within which it takes connections, or ends */

/* Of the caller's environment a tar would heed TAR_OPTIONS. */
#define TAR "/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "tar"

/* Whoever changes these makes other templates: they are in the key. */
static const char *const initdb_options[] = {"-U", CLUSTER_SUPERUSER, "-A", "trust", "-E", "UTF8",
                                             "--locale=C", "--no-sync", NULL};

/* Another user than we may read what is ours, by its group. */
static mode_t template_mode(const struct cluster *c)
{
    return c->user.is_other ? 0640 : 0600;
}

struct template {
    char path[FILE_PATH_MAX];
    char all[FILE_PATH_MAX]; /* a glob of this and of those by other builds in the same place */
};

int cluster_run(const char *const *argv, const struct proc_user *user, const char *what, struct err *e)
{
    struct buf out = buf_init(0);
    struct proc p = {.argv = argv, .user = user, .all = &out};
    int status = 0;
    int rc = proc_run(&p, &status, e);

    if (rc == 0 && status != 0) {
        size_t skip = out.len > 400 ? out.len - 400 : 0;
        rc = err_set(e, ERR_SYSTEM, "sandbox: %s failed (status %d): %s", what, status,
                     out.data == NULL ? "" : out.data + skip);
    }
    buf_release(&out);
    return rc;
}

/* What is made by an installation is good as long as its server is the same file. */
static int locate(const struct cluster *c, struct template *t, struct err *e)
{
    char server[FILE_PATH_MAX], place[DIGEST_HEX], key[DIGEST_HEX], begin[FILE_PATH_MAX];
    const char *name = strrchr(c->dir, '/');
    struct buf text = buf_init(1 << 14);
    struct stat st;
    int rc = -1;

    if (file_join(server, c->bin, "postgres", e) != 0)
        return -1;
    if (stat(server, &st) != 0)
        return err_errno(e, errno, "cannot look at %s", server);
    if (digest_hex(server, strlen(server), place, e) != 0 ||
        buf_addf(&text, e, "%s\n%lld %lld.%ld\n%ld\n", server, (long long)st.st_size,
                 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long)c->user.uid) != 0)
        goto out;
    for (const char *const *option = initdb_options; *option != NULL; option++)
        if (buf_addf(&text, e, "%s\n", *option) != 0)
            goto out;
    if (digest_hex(text.data, text.len, key, e) != 0)
        goto out;
    /* no sandbox has a dot in its name */
    (void)snprintf(begin, sizeof begin, "%.*s/dryproof-%ld.initdb-%.*s", name == NULL ? 0 : (int)(name - c->dir),
                   c->dir, (long)geteuid(), PATH_DIGITS, place);
    if (snprintf(t->path, sizeof t->path, "%s-%.*s.tar", begin, KEY_DIGITS, key) >= (int)sizeof t->path ||
        snprintf(t->all, sizeof t->all, "%s-*.tar*", begin) >= (int)sizeof t->all) {
        err_set(e, ERR_SYSTEM, "path too long: %s", c->dir);
        goto out;
    }
    rc = 0;
out:
    buf_release(&text);
    return rc;
}

/* In a folder where anybody may write: by us, and nobody else can have.  Not by the sandbox's user: the
 * server runs as that, and what its superuser runs must not reach the clusters that follow. */
static bool is_ours(const struct cluster *c, const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
           (st.st_mode & 0777) == template_mode(c);
}

/* Remove those of this installation, but for the one to keep (or NULL). */
static int remove_templates(const struct cluster *c, const struct template *t, const char *keep, struct err *e)
{
    glob_t found;
    int rc = 0;

    if (glob(t->all, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && rc == 0; i++) {
            const char *path = found.gl_pathv[i];
            if ((keep == NULL || strcmp(path, keep) != 0) && is_ours(c, path) && unlink(path) != 0 && errno != ENOENT)
                rc = err_errno(e, errno, "cannot remove %s", path);
        }
    globfree(&found);
    return rc;
}

/* In the form that initdb gives it: the time in seconds, its microseconds, and the process.  It is
 * the first member of the control file in every version. */
static int write_system_identifier(const struct cluster *c, const char *control, struct err *e)
{
    struct timeval now;
    struct stat st;
    uint64_t id;
    int fd = open(control, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int rc = -1;

    if (fd < 0)
        return err_errno(e, errno, "cannot open %s", control);
    (void)gettimeofday(&now, NULL);
    id = ((uint64_t)now.tv_sec << 32) | ((uint64_t)now.tv_usec << 12) | ((uint64_t)getpid() & 0xfff);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != c->user.uid) /* its folders are that user's */
        err_set(e, ERR_SYSTEM, "%s is not what was unpacked", control);
    else if (pwrite(fd, &id, sizeof id, 0) != (ssize_t)sizeof id)
        err_errno(e, errno, "cannot write %s", control);
    else
        rc = 0;
    (void)close(fd);
    return rc;
}

/* pg_resetwal takes the values of a control file whose checksum is wrong, and writes it again,
 * with a first WAL segment of that system identifier. */
static int unpack(const struct cluster *c, const char *data, const char *template, struct err *e)
{
    char control[FILE_PATH_MAX], pg_resetwal[FILE_PATH_MAX];
    const char *tar[] = {TAR, "-xipf", template, "-C", c->dir, NULL}; /* i: of two archives */
    const char *reset[] = {pg_resetwal, "-f", "-D", data, NULL};

    if (file_join(control, data, "global/pg_control", e) != 0 || file_join(pg_resetwal, c->bin, "pg_resetwal", e) != 0)
        return -1;
    if (cluster_run(tar, &c->user, "unpacking the template", e) != 0 || write_system_identifier(c, control, e) != 0)
        return -1;
    return cluster_run(reset, &c->user, "pg_resetwal", e);
}

/* What the sandbox's user packs comes through a pipe: nobody ever has a descriptor of the template but us. */
static int pack(const struct cluster *c, const char *const *argv, struct buf *out, struct err *e)
{
    struct buf errors = buf_init(0);
    struct proc p = {.argv = argv, .user = &c->user, .out = out, .errors = &errors};
    int status = 0;
    int rc = proc_run(&p, &status, e);

    buf_release(&errors);
    return rc != 0 || status == 0 ? rc : err_set(e, ERR_SYSTEM, "tar ended with status %d", status);
}

/* Two archives, the second of the control file alone: tar takes one that ends between two files for a
 * whole one, unpack() does not. */
static int pack_cluster(const struct cluster *c, struct buf *out, struct err *e)
{
    const char *most[] = {TAR, "-cf", "-", "-C", c->dir, "--exclude=data/pg_wal/0*",
                          "--exclude=data/global/pg_control", "data", NULL};
    const char *last[] = {TAR, "-cf", "-", "-C", c->dir, "data/global/pg_control", NULL};
    struct buf control = buf_init(0);
    int rc = -1;

    if (pack(c, most, out, e) == 0 && pack(c, last, &control, e) == 0)
        rc = buf_add(out, control.data, control.len, e);
    buf_release(&control);
    return rc;
}

/* Ours is replaced in one step, by what is the same or better; what is not ours stays. */
static int keep(const struct cluster *c, const struct template *t, struct err *e)
{
    struct buf archive = buf_init(0);
    struct statvfs room;
    struct stat st;
    int rc = -1;

    if (lstat(t->path, &st) == 0 && !is_ours(c, t->path))
        return err_set(e, ERR_SYSTEM, "%s is not ours", t->path);
    if (statvfs(c->dir, &room) != 0 || (uint64_t)room.f_bavail * room.f_frsize < ROOM_BYTES)
        return err_set(e, ERR_SYSTEM, "no room for a template beside %s", c->dir);
    if (pack_cluster(c, &archive, e) == 0 &&
        file_replace(t->path, archive.data, archive.len, template_mode(c), e) == 0) {
        if (c->user.is_other && lchown(t->path, geteuid(), c->user.gid) != 0)
            err_errno(e, errno, "cannot hand over %s", t->path);
        else
            rc = remove_templates(c, t, t->path, e);
    }
    buf_release(&archive);
    return rc;
}

static int interrupted(struct err *e)
{
    return proc_interrupted() == 0 ? 0 : err_set(e, ERR_SYSTEM, "sandbox: interrupted by signal %d", proc_interrupted());
}

int cluster_make(const struct cluster *c, struct err *e)
{
    char initdb[FILE_PATH_MAX], pg_resetwal[FILE_PATH_MAX], data[FILE_PATH_MAX];
    const char *argv[3 + sizeof initdb_options / sizeof *initdb_options] = {initdb, "-D", data};
    struct err none; /* without a template nothing is lost but time */
    struct template t;
    bool has_template;

    if (file_join(initdb, c->bin, "initdb", e) != 0 || file_join(pg_resetwal, c->bin, "pg_resetwal", e) != 0 ||
        file_join(data, c->dir, "data", e) != 0)
        return -1;
    memcpy(argv + 3, initdb_options, sizeof initdb_options);
    has_template = access(pg_resetwal, X_OK) == 0 && locate(c, &t, &none) == 0;
    if (has_template && is_ours(c, t.path)) {
        if (unpack(c, data, t.path, &none) == 0)
            return 0;
        if (interrupted(e) != 0 || file_remove_tree(data, e) != 0)
            return -1;
    }
    if (cluster_run(argv, &c->user, "initdb", e) != 0)
        return -1;
    if (has_template && keep(c, &t, &none) != 0)
        return interrupted(e);
    return 0;
}

static int failed_to_start(const char *log, struct err *e)
{
    struct buf text = buf_init(0);
    struct err none;
    size_t skip;

    if (file_read(log, 1 << 20, &text, &none) != 0)
        return err_set(e, ERR_SYSTEM, "sandbox: starting PostgreSQL failed, without a log");
    skip = text.len > 400 ? text.len - 400 : 0;
    err_set(e, ERR_SYSTEM, "sandbox: starting PostgreSQL failed (if it does so again: dryproof sandbox down --template): %s",
            text.data + skip);
    buf_release(&text);
    return -1;
}

enum server { SERVER_ABSENT, SERVER_DEAD, SERVER_STARTING, SERVER_READY };

/* The first line of a server's file is its process, the eighth is "ready" when it takes connections. */
static enum server look_at_server(const char *pid_file)
{
    enum server found = SERVER_STARTING;
    struct buf text = buf_init(0);
    struct err none;

    if (file_read(pid_file, 1 << 16, &text, &none) != 0)
        return SERVER_ABSENT;
    if (strstr(text.data, "\nready") != NULL)
        found = SERVER_READY;
    else if (kill((pid_t)strtol(text.data, NULL, 10), 0) != 0 && errno == ESRCH)
        found = SERVER_DEAD;
    buf_release(&text);
    return found;
}

/* pg_ctl could wait, but it looks only ten times a second. */
int cluster_start(const struct cluster *c, struct err *e)
{
    char pg_ctl[FILE_PATH_MAX], data[FILE_PATH_MAX], log[FILE_PATH_MAX], pid_file[FILE_PATH_MAX];
    const char *start[] = {pg_ctl, "-D", data, "-l", log, "-W", "-s", "start", NULL};
    enum server before = SERVER_ABSENT;
    int64_t begun = clock_ms();

    if (file_join(pg_ctl, c->bin, "pg_ctl", e) != 0 || file_join(data, c->dir, "data", e) != 0 ||
        file_join(log, c->dir, "log", e) != 0 || file_join(pid_file, data, "postmaster.pid", e) != 0 ||
        cluster_run(start, &c->user, "starting PostgreSQL", e) != 0)
        return -1;
    for (;;) {
        enum server now = look_at_server(pid_file);
        int64_t waited = clock_ms() - begun;

        if (now == SERVER_READY)
            return 0;
        if (interrupted(e) != 0)
            return -1;
        if (now == SERVER_DEAD || (now == SERVER_ABSENT && (before != SERVER_ABSENT || waited > BEGIN_MS)) ||
            waited > READY_MS)
            return failed_to_start(log, e);
        before = now;
        (void)nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
}

/* Nothing of it outlives its server: nothing is written on the way out. */
int cluster_stop(const struct cluster *c, struct err *e)
{
    char pg_ctl[FILE_PATH_MAX], data[FILE_PATH_MAX], pid_file[FILE_PATH_MAX];
    const char *stop[] = {pg_ctl, "-D", data, "-m", "immediate", "-W", "-s", "stop", NULL};
    int64_t begun = clock_ms();

    if (file_join(pg_ctl, c->bin, "pg_ctl", e) != 0 || file_join(data, c->dir, "data", e) != 0 ||
        file_join(pid_file, data, "postmaster.pid", e) != 0)
        return -1;
    if (look_at_server(pid_file) <= SERVER_DEAD) /* a crashed one leaves its file: there is nothing to stop */
        return 0;
    if (cluster_run(stop, &c->user, "stopping PostgreSQL", e) != 0)
        return look_at_server(pid_file) <= SERVER_DEAD ? 0 : -1; /* it went by itself */
    while (look_at_server(pid_file) > SERVER_DEAD) {
        if (clock_ms() - begun > READY_MS)
            return err_set(e, ERR_SYSTEM, "sandbox: PostgreSQL does not stop");
        (void)nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    return 0;
}

int cluster_forget(const struct cluster *c, struct err *e)
{
    struct template t;

    return locate(c, &t, e) != 0 ? -1 : remove_templates(c, &t, NULL, e);
}
