/* packager/publish.c - see packager/publish.h. */
#include "packager/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "packager/limits.h"
#include "packager/remote.h"

#define SAY_AFTER_MS 3000 /* who waits longer says so */
#define GIT_WAIT_S 10     /* git holds its lock for a moment; what stays is left over */

enum name { LOCK, NEW, REF, TEMP, HEADS, MAIN, MAIN_LOCK, CONFIG, HEAD, FETCHED, PUSH, SEEN, REMOTE, REVIEWS, REVIEWS_LOCK, NAMES };

static const char *const names[NAMES] = {PKG_GIT_LOCK, "dryproof.new", "dryproof.ref", "dryproof.tmp", "refs/heads",
                                         PKG_GIT_REF, PKG_GIT_REF ".lock", "config", "HEAD", "dryproof.fetched",
                                         "dryproof.push", "dryproof.seen", PKG_REMOTE_FOLDER, PKG_GIT_REVIEWS,
                                         PKG_GIT_REVIEWS ".lock"};

struct pkg_publish {
    char repo[FILE_PATH_MAX];
    char path[NAMES][FILE_PATH_MAX];
    int lock; /* -1: not held */
    long wait_s;
    struct pkg_git *git;
};

/* ---- waiting for somebody else ---- */

/* 2 to 10 ms, so that racing packagers do not stay in step; a commit itself takes not much longer. */
static void pause_a_little(void)
{
    unsigned char random = 0;
    struct err ignored;

    if (digest_random(&random, 1, &ignored) != 0)
        random = 0;
    (void)nanosleep(&(struct timespec){0, 2000000 + random * 31250L}, NULL);
}

/* When that lock was made, and for ours by whom. */
static void describe(const char *path, bool is_ours, char *out, size_t size)
{
    struct buf text = buf_init(0);
    struct stat st;
    struct err ignored;
    long pid = 0;
    int n;

    if (is_ours && file_read(path, PKG_KEY_FILE_MAX, &text, &ignored) == 0 && text.len > 0)
        pid = strtol(text.data, NULL, 10);
    n = snprintf(out, size, "%s", path);
    if (stat(path, &st) == 0 && n > 0 && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, ", %lld s old", (long long)time(NULL) - (long long)st.st_mtime);
    if (pid > 1 && n > 0 && (size_t)n < size)
        (void)snprintf(out + n, size - (size_t)n, ", of process %ld", pid);
    buf_release(&text);
}

/* Once more, or enough: -1.  *said is whether it was told on standard error. */
static int wait_for(const struct pkg_publish *p, enum name which, int64_t since, bool *said, struct err *e)
{
    long limit_s = which == LOCK || p->wait_s < GIT_WAIT_S ? p->wait_s : GIT_WAIT_S;
    int64_t waited = clock_ms() - since;
    char who[FILE_PATH_MAX + 64];

    if (waited < SAY_AFTER_MS && waited < limit_s * 1000) {
        pause_a_little();
        return 0;
    }
    describe(p->path[which], which == LOCK, who, sizeof who);
    if (waited >= limit_s * 1000)
        return err_set(e, ERR_SYSTEM, "waited %ld s in vain for a lock that is not ours: %s; %s", limit_s, who,
                       which == LOCK ? "try again when that packager is done" : "remove it if no git runs");
    if (!*said)
        (void)fprintf(stderr, "dryproof-pack: waiting for %s\n", who);
    *said = true;
    pause_a_little();
    return 0;
}

static bool is_same(const char *a, const char *b)
{
    struct stat x, y;

    return lstat(a, &x) == 0 && lstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool is_open_as(int fd, const char *path)
{
    struct stat x, y;

    return fstat(fd, &x) == 0 && lstat(path, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The kernel gives the lock back when its holder dies, however that happens. */
static int take_lock(struct pkg_publish *p, struct err *e)
{
    int64_t since = clock_ms();
    bool said = false;
    char pid[32];

    for (;;) {
        int fd = open(p->path[LOCK], O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

        if (fd < 0)
            return err_errno(e, errno, "cannot open %s", p->path[LOCK]);
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_open_as(fd, p->path[LOCK])) {
            p->lock = fd;
            break;
        }
        if (errno != EWOULDBLOCK && errno != EINTR && is_open_as(fd, p->path[LOCK])) {
            err_errno(e, errno, "cannot lock %s", p->path[LOCK]);
            (void)close(fd);
            return -1;
        }
        (void)close(fd);
        if (wait_for(p, LOCK, since, &said, e) != 0)
            return -1;
    }
    /* only for those who wait: a full disk is met later, and named */
    (void)snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(p->lock, 0) != 0 || pwrite(p->lock, pid, strlen(pid), 0) < 0)
        (void)futimens(p->lock, NULL);
    return 0;
}

/* ---- files ---- */

static int forget(const char *path, struct err *e)
{
    return unlink(path) == 0 || errno == ENOENT ? 0 : err_errno(e, errno, "cannot remove %s", path);
}

/* A whole file or none: a name that readers know is only ever given to one that is complete. */
static int put(struct pkg_publish *p, enum name which, const char *text, struct err *e)
{
    size_t len = strlen(text);
    int fd = open(p->path[TEMP], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    ssize_t n;

    if (fd < 0)
        return err_errno(e, errno, "cannot create %s", p->path[TEMP]);
    n = write(fd, text, len);
    if (n >= 0 && (size_t)n != len)
        errno = ENOSPC;
    if (n < 0 || (size_t)n != len || fsync(fd) != 0) {
        err_errno(e, errno, "cannot write %s", p->path[TEMP]);
        (void)close(fd);
        return -1;
    }
    if (close(fd) != 0)
        return err_errno(e, errno, "cannot close %s", p->path[TEMP]);
    /* link() leaves what is there, also what a failing disk did not show */
    if (which != CONFIG && which != HEAD ? rename(p->path[TEMP], p->path[which]) != 0
                     : link(p->path[TEMP], p->path[which]) != 0 && errno != EEXIST)
        return err_errno(e, errno, "cannot publish %s", p->path[which]);
    return forget(p->path[TEMP], e) != 0 ? -1 : file_sync_folder(p->repo, e);
}

/* An empty bare repository.  HEAD comes last: without it there is none, and it is made again. */
static int make_repository(struct pkg_publish *p, struct err *e)
{
    static const char *const folders[] = {"objects/info", "objects/pack", "refs/heads", "refs/tags"};
    char path[FILE_PATH_MAX];

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (file_join(path, p->repo, folders[i], e) != 0 || file_make_folders(path, e) != 0)
            return -1;
    if (put(p, CONFIG, "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n", e) != 0)
        return -1;
    return put(p, HEAD, "ref: " PKG_GIT_REF "\n", e);
}

/* ---- the commit ---- */

/* dryproof.ref goes first: alone it would promise objects that are gone. */
static int drop(struct pkg_publish *p, struct err *e)
{
    if (forget(p->path[REF], e) != 0 || forget(p->path[TEMP], e) != 0)
        return -1;
    return file_remove_tree(p->path[NEW], e);
}

static int read_ref(const struct pkg_publish *p, char commit[PKG_GIT_HEX], struct err *e)
{
    struct buf text = buf_init(0);
    int rc = -1;

    if (file_read(p->path[REF], PKG_KEY_FILE_MAX, &text, e) != 0)
        return -1;
    if (text.len != PKG_GIT_HEX || text.data[PKG_GIT_HEX - 1] != '\n')
        err_set(e, ERR_SYSTEM, "%s is damaged; remove it if the package that was being committed is to be given up",
                p->path[REF]);
    else
        rc = 0;
    if (rc == 0)
        (void)snprintf(commit, PKG_GIT_HEX, "%.*s", PKG_GIT_HEX - 1, text.data);
    buf_release(&text);
    return rc;
}

/* By a second name of that file. */
static int lock_ref(struct pkg_publish *p, enum name by, enum name lock, struct err *e)
{
    int64_t since = clock_ms();
    bool said = false;

    while (link(p->path[by], p->path[lock]) != 0) {
        if (errno == ENOENT && !file_exists(p->path[HEADS])) {
            /* this one alone: above it stands the repository, or somebody took it away */
            if (mkdir(p->path[HEADS], 0777) != 0 && errno != EEXIST)
                return err_errno(e, errno, "cannot create folder %s", p->path[HEADS]);
        } else if (errno != EEXIST) {
            return err_errno(e, errno, "cannot create %s", p->path[lock]);
        } else if (wait_for(p, lock, since, &said, e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Under git's lock: the objects, then the reference.  -1: the next run finishes it. */
static int move_ref(struct pkg_publish *p, const char *commit, struct err *e)
{
    if (pkg_git_adopt(p->git, commit, true, e) == 0) {
        if (rename(p->path[MAIN_LOCK], p->path[MAIN]) == 0)
            return 0;
        err_errno(e, errno, "cannot move " PKG_GIT_REF);
    }
    (void)unlink(p->path[MAIN_LOCK]);
    return -1;
}

/*
 * From dryproof.ref on: *is_moved when the reference is no longer where the commit wants it.
 * A commit of this run (is_ours) that meets somebody's lock is undone, for none of it was seen;
 * of a dead run's we do not know.
 */
static int finish(struct pkg_publish *p, bool is_ours, bool *is_moved, struct err *e)
{
    char commit[PKG_GIT_HEX], parent[PKG_GIT_HEX], tip[PKG_GIT_HEX];
    struct err ignored;

    *is_moved = false;
    if (read_ref(p, commit, e) != 0 || pkg_git_parent(p->git, commit, parent, e) != 0 || pkg_git_tip(p->git, tip, e) != 0)
        return -1;
    if (is_same(p->path[REF], p->path[MAIN_LOCK]) && forget(p->path[MAIN_LOCK], e) != 0)
        return -1;
    if (strcmp(tip, commit) != 0) {
        if (lock_ref(p, REF, MAIN_LOCK, e) != 0) {
            if (is_ours)
                (void)drop(p, &ignored);
            return -1;
        }
        if (pkg_git_tip(p->git, tip, e) != 0) {
            (void)unlink(p->path[MAIN_LOCK]);
            return -1;
        }
        if (strcmp(tip, parent) != 0) {
            *is_moved = true;
            return forget(p->path[MAIN_LOCK], e) != 0 ? -1 : drop(p, e);
        }
        if (move_ref(p, commit, e) != 0)
            return -1;
    }
    if (file_sync_folder(p->path[HEADS], e) != 0 || pkg_git_adopt(p->git, commit, false, e) != 0)
        return -1;
    (void)drop(p, &ignored); /* published; what stays is removed by the next run */
    return 0;
}

/* The repository anew, with nothing set aside and nothing remembered. */
static int reopen(struct pkg_publish *p, struct err *e)
{
    pkg_git_free(p->git);
    p->git = NULL;
    return pkg_git_open(p->repo, &p->git, e);
}

/* Where there was one: it may be taken away under us. */
static int reopen_existing(struct pkg_publish *p, struct err *e)
{
    if (reopen(p, e) != 0)
        return -1;
    return p->git != NULL ? 0 : err_set(e, ERR_SYSTEM, "%s is no repository, or no longer one", p->repo);
}

/* What a dead run fetched is fetched again. */
static int forget_fetched(struct pkg_publish *p, struct err *e)
{
    static const enum name locks[] = {MAIN_LOCK, REVIEWS_LOCK};
    struct stat st;

    for (size_t i = 0; lstat(p->path[FETCHED], &st) == 0 && i < sizeof locks / sizeof *locks; i++)
        if (is_same(p->path[FETCHED], p->path[locks[i]]) && forget(p->path[locks[i]], e) != 0)
            return -1;
    return forget(p->path[FETCHED], e) != 0 ? -1 : file_remove_tree(p->path[REMOTE], e);
}

static int recover(struct pkg_publish *p, struct err *e)
{
    bool is_moved = false;

    if (forget_fetched(p, e) != 0)
        return -1;
    if (!file_exists(p->path[REF])) /* with dryproof.push it may be a commit that the remote has */
        return file_exists(p->path[PUSH]) ? forget(p->path[TEMP], e) : drop(p, e);
    if (pkg_git_set_aside(p->git, p->path[NEW], e) != 0 || finish(p, false, &is_moved, e) != 0)
        return err_context(e, "a run before this one was cut short, and its commit must be finished");
    if (!is_moved)
        (void)fprintf(stderr, "dryproof-pack: finished a commit that a run before had begun\n");
    return reopen_existing(p, e);
}

int pkg_publish_write(struct pkg_publish *p, const char *tip, const struct pkg_git_change *change,
                      const struct pkg_key *key, char commit[PKG_GIT_HEX], struct err *e)
{
    struct err ignored;

    if (mkdir(p->path[NEW], 0777) != 0)
        return err_errno(e, errno, "cannot create folder %s", p->path[NEW]);
    if (pkg_git_set_aside(p->git, p->path[NEW], e) == 0 && pkg_git_write(p->git, tip, change, key, commit, e) == 0 &&
        file_sync_folder(p->path[NEW], e) == 0)
        return 0;
    (void)drop(p, &ignored);
    return -1;
}

int pkg_publish_resume(struct pkg_publish *p, struct err *e)
{
    return file_exists(p->path[NEW]) ? pkg_git_set_aside(p->git, p->path[NEW], e) : 0;
}

int pkg_publish_accept(struct pkg_publish *p, const char *commit, bool *is_moved, struct err *e)
{
    bool is_pushed = file_exists(p->path[PUSH]);
    char text[PKG_GIT_HEX + 1];
    struct err ignored;

    (void)snprintf(text, sizeof text, "%s\n", commit);
    if (put(p, REF, text, e) != 0) {
        if (!is_pushed)
            (void)drop(p, &ignored);
        return -1;
    }
    /* in another repository it would promise objects that are not there */
    if (!is_open_as(p->lock, p->path[LOCK])) {
        (void)forget(p->path[REF], &ignored);
        return err_set(e, ERR_SYSTEM, "%s was taken away while a commit was made", p->repo);
    }
    /* what the remote has is not undone, whoever holds git's lock here */
    if (finish(p, !is_pushed, is_moved, e) != 0 || forget(p->path[PUSH], e) != 0)
        return -1;
    return reopen_existing(p, e);
}

/* From one commit to a later one whose objects are there. */
static int swing(struct pkg_publish *p, enum name branch, enum name lock, const char *from, const char *to, bool *is_moved,
                 struct err *e)
{
    char tip[PKG_GIT_HEX], text[PKG_GIT_HEX + 1];
    struct err ignored;
    int rc = -1;

    (void)snprintf(text, sizeof text, "%s\n", to);
    if (put(p, FETCHED, text, e) != 0)
        return -1;
    if (lock_ref(p, FETCHED, lock, e) == 0) {
        if (pkg_git_tip_of(p->git, names[branch], tip, e) == 0) {
            *is_moved = strcmp(tip, from) != 0;
            rc = *is_moved || rename(p->path[lock], p->path[branch]) == 0 ? 0 : err_errno(e, errno, "cannot move %s", names[branch]);
        }
        if (rc != 0 || *is_moved)
            (void)unlink(p->path[lock]);
    }
    if (forget(p->path[FETCHED], rc == 0 ? e : &ignored) != 0)
        return -1;
    return rc == 0 ? file_sync_folder(p->path[HEADS], e) : -1;
}

int pkg_publish_forward(struct pkg_publish *p, const char *ref, const char *from, const char *to, bool *is_moved, struct err *e)
{
    bool is_main = strcmp(ref, PKG_GIT_REF) == 0;

    return swing(p, is_main ? MAIN : REVIEWS, is_main ? MAIN_LOCK : REVIEWS_LOCK, from, to, is_moved, e);
}

/* Killed before the branch moves, it is as if nothing had been: objects that nothing names are git's
 * to sweep away. */
int pkg_publish_review(struct pkg_publish *p, const char *tip, const struct pkg_git_change *change, const struct pkg_key *key,
                       char commit[PKG_GIT_HEX], bool *is_moved, struct err *e)
{
    struct err ignored;
    int rc = -1;

    if (pkg_publish_write(p, tip, change, key, commit, e) != 0)
        return -1;
    if (pkg_git_adopt(p->git, commit, true, e) == 0 && swing(p, REVIEWS, REVIEWS_LOCK, tip, commit, is_moved, e) == 0)
        rc = *is_moved ? 0 : pkg_git_adopt(p->git, commit, false, e);
    return pkg_publish_undo(p, rc == 0 ? e : &ignored) != 0 ? -1 : rc;
}

static const enum name kept_as[] = {[PKG_NOTE_PUSH] = PUSH, [PKG_NOTE_SEEN] = SEEN};

int pkg_publish_note(struct pkg_publish *p, enum pkg_note which, const char *text, struct err *e)
{
    return forget(p->path[TEMP], e) != 0 ? -1 : put(p, kept_as[which], text, e);
}

int pkg_publish_noted(const struct pkg_publish *p, enum pkg_note which, struct buf *out, struct err *e)
{
    return file_exists(p->path[kept_as[which]]) ? file_read(p->path[kept_as[which]], PKG_KEY_FILE_MAX, out, e) : 0;
}

int pkg_publish_undo(struct pkg_publish *p, struct err *e)
{
    return drop(p, e) != 0 ? -1 : reopen_existing(p, e);
}

int pkg_publish_drop(struct pkg_publish *p, struct err *e)
{
    return forget(p->path[PUSH], e) != 0 ? -1 : pkg_publish_undo(p, e);
}

const char *pkg_publish_folder(const struct pkg_publish *p)
{
    return p->repo;
}

struct pkg_git *pkg_publish_git(const struct pkg_publish *p)
{
    return p->git;
}

int pkg_publish_begin(const char *repo, long wait_s, struct pkg_publish **out, struct err *e)
{
    struct pkg_publish *p = calloc(1, sizeof *p);

    if (p == NULL)
        return err_no_memory(e);
    p->lock = -1;
    p->wait_s = wait_s;
    if (snprintf(p->repo, sizeof p->repo, "%s", repo) >= (int)sizeof p->repo) {
        err_set(e, ERR_INPUT, "path too long: %s", repo);
        goto failed;
    }
    for (int i = 0; i < NAMES; i++)
        if (file_join(p->path[i], repo, names[i], e) != 0)
            goto failed;
    /* opened once before anything is made, for what must not be touched */
    if (pkg_git_open(repo, &p->git, e) != 0 || file_make_folders(repo, e) != 0 || take_lock(p, e) != 0 ||
        reopen(p, e) != 0)
        goto failed;
    if (p->git == NULL &&
        (forget(p->path[TEMP], e) != 0 || make_repository(p, e) != 0 || reopen_existing(p, e) != 0))
        goto failed;
    if (recover(p, e) != 0)
        goto failed;
    *out = p;
    return 0;
failed:
    pkg_publish_end(p);
    return -1;
}

void pkg_publish_end(struct pkg_publish *p)
{
    if (p == NULL)
        return;
    pkg_git_free(p->git);
    if (p->lock >= 0)
        (void)close(p->lock);
    free(p);
}
