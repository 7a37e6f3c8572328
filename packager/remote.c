/* packager/remote.c - see packager/remote.h. */
#include "packager/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packager/limits.h"
#include "packager/spawn.h"

#define ENV_MAX 32
#define ARGS_MAX 40
#define FETCHED "refs/dryproof/fetched"

struct pkg_remote {
    char folder[FILE_PATH_MAX], objects[FILE_PATH_MAX], git_dir[FILE_PATH_MAX + 16];
    char packs[FILE_PATH_MAX]; /* of the repository */
    char url[FILE_PATH_MAX];
    long timeout_s;
    char *env[ENV_MAX];
    size_t env_count;
};

/* ---- its address ---- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

int pkg_remote_check_url(const char *url, struct err *e)
{
    static const char *const schemes[] = {"file://", "ssh://", "http://", "https://"};
    const char *rest = NULL, *colon = strchr(url, ':');
    size_t host;

    for (const char *p = url; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return err_set(e, ERR_INPUT, "the remote's address has a control character: %s", url);
    if (strlen(url) >= FILE_PATH_MAX)
        return err_set(e, ERR_INPUT, "the remote's address is too long");
    if (url[0] == '/')
        return 0;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (begins(url, schemes[i]))
            rest = url + strlen(schemes[i]);
    if (rest != NULL) {
        host = strcspn(rest, "/");
        if (memchr(rest, '@', host) != NULL && strcspn(rest, ":") < strcspn(rest, "@"))
            return err_set(e, ERR_INPUT, "the remote's address has a password in it; leave it to ~/.netrc or ssh");
        return 0;
    }
    if (colon != NULL && colon[1] != ':' && colon > url && url[0] != '-' && memchr(url, '/', (size_t)(colon - url)) == NULL &&
        strstr(url, "://") == NULL)
        return 0;
    return err_set(e, ERR_INPUT, "%s: expected an absolute path, file://, ssh://, http://, https:// or HOST:PATH", url);
}

/* ---- git ---- */

static int add_env(struct pkg_remote *r, const char *name, const char *value, struct err *e)
{
    size_t n = strlen(name) + strlen(value) + 2;
    char *text = r->env_count < ENV_MAX - 1 ? malloc(n) : NULL;

    if (text == NULL)
        return err_no_memory(e);
    (void)snprintf(text, n, "%s=%s", name, value);
    r->env[r->env_count++] = text;
    return 0;
}

/* What finds programs, keys and the network; nothing that tells git what to do. */
static int make_env(struct pkg_remote *r, struct err *e)
{
    static const char *const kept[] = {"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE",
                                       "SSL_CERT_DIR", "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                       "no_proxy", "NO_PROXY"};
    static const char *const set[][2] = {{"LC_ALL", "C"}, {"GIT_TERMINAL_PROMPT", "0"}, {"SSH_ASKPASS_REQUIRE", "never"},
                                         {"GIT_CONFIG_NOSYSTEM", "1"}, {"GIT_CONFIG_GLOBAL", "/dev/null"},
                                         {"GIT_CONFIG_SYSTEM", "/dev/null"}, {"GIT_NO_REPLACE_OBJECTS", "1"},
                                         {"GIT_ALLOW_PROTOCOL", "file:ssh:http:https"}};

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (getenv(kept[i]) != NULL && add_env(r, kept[i], getenv(kept[i]), e) != 0)
            return -1;
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        if (add_env(r, set[i][0], set[i][1], e) != 0)
            return -1;
    return 0;
}

/* git ARGS...; its answer is added to out. */
static int run_git(struct pkg_remote *r, const char *const *args, struct buf *out, struct err *e)
{
    const char *argv[ARGS_MAX] = {"git", r->git_dir};
    struct buf talk = buf_init(PKG_TALK_MAX);
    size_t n = 2;
    int status, rc = -1;

    for (; *args != NULL && n < ARGS_MAX - 1; args++)
        argv[n++] = *args;
    argv[n] = NULL;
    if (pkg_spawn_run(&(struct pkg_spawn){argv, (const char *const *)r->env, r->timeout_s, out, &talk}, &status, e) != 0)
        err_context(e, "git %s of %s", argv[2], r->url);
    else if (status != 0)
        /* the end says what went wrong; the beginning of a long talk is the remote's own */
        err_set(e, ERR_SYSTEM, "git %s of %s: %s%s%.300s", argv[2], r->url, talk.len > 500 ? "..." : "",
                talk.len == 0 ? "it gave no reason" : talk.len > 500 ? talk.data + talk.len - 500 : talk.data,
                out->len == 0 ? "" : out->data);
    else
        rc = 0;
    buf_release(&talk);
    return rc;
}

/* ---- its folder ---- */

static int put(struct pkg_remote *r, const char *name, const char *text, struct err *e)
{
    char path[FILE_PATH_MAX];

    return file_join(path, r->folder, name, e) != 0 || file_make_parent(path, e) != 0 ||
                   file_replace(path, text, strlen(text), 0644, e) != 0
               ? -1 : 0;
}

/* fsckObjects: what is not as git writes it is refused; unpackLimit: it comes as a pack.  The
 * alternate's references are git's to ask for, of a repository whose configuration is not ours.
 * Without objects/pack libgit2 would not look for the packs that come later. */
static int make_folder(struct pkg_remote *r, struct err *e)
{
    static const char config[] =
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\thooksPath = /dev/null\n\talternateRefsCommand = true\n"
        "[transfer]\n\tfsckObjects = true\n\tunpackLimit = 1\n"
        "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[protocol]\n\tversion = 2\n"
        "[http]\n\tfollowRedirects = false\n\tlowSpeedLimit = 1\n\tlowSpeedTime = 60\n"
        "[push]\n\tdefault = nothing\n\tgpgSign = false\n";

    static const char *const folders[] = {"refs/heads", "objects/pack"};
    char path[FILE_PATH_MAX];

    if (file_remove_tree(r->folder, e) != 0)
        return -1;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (file_join(path, r->folder, folders[i], e) != 0 || file_make_folders(path, e) != 0)
            return -1;
    return put(r, "config", config, e) != 0 ||
                   put(r, "objects/info/alternates", "../../objects\n", e) != 0 ||
                   put(r, "HEAD", "ref: " PKG_GIT_REF "\n", e) != 0
               ? -1 : 0;
}

int pkg_remote_open(const char *repo, const char *url, long timeout_s, struct pkg_remote **out, struct err *e)
{
    struct pkg_remote *r = calloc(1, sizeof *r);

    if (r == NULL)
        return err_no_memory(e);
    r->timeout_s = timeout_s;
    (void)snprintf(r->url, sizeof r->url, "%s", url);
    if (pkg_remote_check_url(url, e) != 0 || file_join(r->folder, repo, PKG_REMOTE_FOLDER, e) != 0 ||
        file_join(r->objects, r->folder, "objects", e) != 0 || file_join(r->packs, repo, "objects/pack", e) != 0 ||
        make_env(r, e) != 0 || make_folder(r, e) != 0) {
        pkg_remote_close(r);
        return -1;
    }
    (void)snprintf(r->git_dir, sizeof r->git_dir, "--git-dir=%s", r->folder);
    *out = r;
    return 0;
}

void pkg_remote_close(struct pkg_remote *r)
{
    struct err ignored;

    if (r == NULL)
        return;
    if (r->folder[0] != '\0' && file_remove_tree(r->folder, &ignored) != 0)
        r->folder[0] = '\0'; /* what stays is removed by the next run */
    while (r->env_count > 0)
        free(r->env[--r->env_count]);
    free(r);
}

/* ---- what is asked of it ---- */

/* "ID TAB NAME LF" for each; the names are told apart here, not by git's patterns. */
static int take_ref(const struct buf *text, const char *name, char id[PKG_GIT_HEX], struct err *e)
{
    id[0] = '\0';
    for (const char *p = text->data, *lf; p != NULL && (lf = strchr(p, '\n')) != NULL; p = lf + 1) {
        size_t len = (size_t)(lf - p);

        if (len < PKG_GIT_HEX || p[PKG_GIT_HEX - 1] != '\t' || strspn(p, "0123456789abcdef") != PKG_GIT_HEX - 1)
            return err_set(e, ERR_SYSTEM, "the remote's list of references is none of SHA-1: %.200s", p);
        if (len - PKG_GIT_HEX == strlen(name) && strncmp(p + PKG_GIT_HEX, name, strlen(name)) == 0)
            (void)snprintf(id, PKG_GIT_HEX, "%.*s", PKG_GIT_HEX - 1, p);
    }
    return 0;
}

int pkg_remote_look(struct pkg_remote *r, struct pkg_remote_refs *out, struct err *e)
{
    const char *args[] = {"ls-remote", "-q", "--", r->url, PKG_GIT_REF, PKG_REMOTE_CLAIM, PKG_GIT_REVIEWS, NULL};
    struct buf text = buf_init(PKG_TALK_MAX);
    int rc = -1;

    if (run_git(r, args, &text, e) == 0 && take_ref(&text, PKG_GIT_REF, out->main, e) == 0 &&
        take_ref(&text, PKG_GIT_REVIEWS, out->reviews, e) == 0)
        rc = take_ref(&text, PKG_REMOTE_CLAIM, out->claim, e);
    buf_release(&text);
    return rc;
}

int pkg_remote_fetch(struct pkg_remote *r, const char *have, const char *ref, char id[PKG_GIT_HEX], struct err *e)
{
    char spec[128], line[PKG_GIT_HEX + 1];
    const char *args[] = {"fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=",
                          "--", r->url, spec, NULL};
    const char *show[] = {"rev-parse", "-q", "--verify", FETCHED, NULL};
    struct buf text = buf_init(PKG_TALK_MAX);
    int rc = -1;

    (void)snprintf(spec, sizeof spec, "+%s:" FETCHED, ref);
    (void)snprintf(line, sizeof line, "%s\n", have);
    if ((have[0] != '\0' && put(r, PKG_GIT_REF, line, e) != 0) || run_git(r, args, &text, e) != 0)
        goto out;
    buf_clear(&text);
    if (run_git(r, show, &text, e) != 0)
        goto out;
    if (text.len != PKG_GIT_HEX || strspn(text.data, "0123456789abcdef") != PKG_GIT_HEX - 1) {
        err_set(e, ERR_SYSTEM, "git fetch of %s left no reference", r->url);
        goto out;
    }
    (void)snprintf(id, PKG_GIT_HEX, "%.*s", PKG_GIT_HEX - 1, text.data);
    rc = 0;
out:
    buf_release(&text);
    return rc;
}

/* Each lease names the value that must be there, so that nothing is forced. */
int pkg_remote_push(struct pkg_remote *r, const struct pkg_remote_update *updates, size_t n, struct err *e)
{
    char lease[2][192], spec[2][160], aside[FILE_PATH_MAX];
    const char *args[16] = {"push", "-q", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-signed"};
    struct buf text = buf_init(PKG_TALK_MAX);
    size_t at = 7;
    int rc;

    if (n > 2)
        return err_set(e, ERR_INTERNAL, "a push of more than two references");
    if (file_join(aside, r->folder, "../dryproof.new", e) != 0 ||
        (file_exists(aside) && put(r, "objects/info/alternates", "../../objects\n../../dryproof.new\n", e) != 0))
        return -1;
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(lease[i], sizeof lease[i], "--force-with-lease=%s:%s", updates[i].ref, updates[i].from);
        args[at++] = lease[i];
    }
    args[at++] = "--";
    args[at++] = r->url;
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(spec[i], sizeof spec[i], "%s:%s", updates[i].to, updates[i].ref);
        args[at++] = spec[i];
    }
    rc = run_git(r, args, &text, e);
    buf_release(&text);
    return rc;
}

int pkg_remote_note(struct pkg_remote *r, const struct buf *text, char id[PKG_GIT_HEX], struct err *e)
{
    struct pkg_git *g = NULL;
    int rc = -1;

    if (pkg_git_open(r->folder, &g, e) == 0 && g != NULL)
        rc = pkg_git_put_blob(g, text, id, e);
    else if (g == NULL)
        err_set(e, ERR_SYSTEM, "%s is gone", r->folder);
    pkg_git_free(g);
    return rc;
}

const char *pkg_remote_objects(const struct pkg_remote *r)
{
    return r->objects;
}

/* A pack counts from the moment that its index is there: that comes last. */
int pkg_remote_adopt(struct pkg_remote *r, struct err *e)
{
    char from[FILE_PATH_MAX], to[FILE_PATH_MAX], folder[FILE_PATH_MAX];
    struct file_list list = {NULL, 0, 0};
    bool is_new = false;
    int rc = -1;

    if (file_join(folder, r->objects, "pack", e) != 0)
        return -1;
    if (!file_exists(folder))
        return 0;
    if (file_make_folders(r->packs, e) != 0 || file_list_tree(folder, &list, e) != 0)
        return -1;
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < list.count; i++) {
            const char *dot = strrchr(list.paths[i], '.');
            bool is_index = dot != NULL && strcmp(dot, ".idx") == 0;

            if (is_index != (last == 1) || (!is_index && (dot == NULL || strcmp(dot, ".pack") != 0)))
                continue;
            if (file_join(from, folder, list.paths[i], e) != 0 || file_join(to, r->packs, list.paths[i], e) != 0)
                goto out;
            if (link(from, to) == 0) {
                is_new = true;
            } else if (errno != EEXIST) {
                err_errno(e, errno, "cannot create %s", to);
                goto out;
            }
        }
    rc = is_new ? file_sync_folder(r->packs, e) : 0;
out:
    file_list_release(&list);
    return rc;
}
