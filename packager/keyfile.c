/* packager/keyfile.c - see packager/keyfile.h. */
#include "packager/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "packager/limits.h"

static const char role_line[] = "dryproof role: ";
static const char mark_line[] = "dryproof mark: NOT FOR USE";

bool pkg_keyfile_is_role(const char *text)
{
    static const char *const roles[] = {"packager", "log", "verifier", "reviewer", "root"};

    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i], text) == 0)
            return true;
    return false;
}

static int add_marks(struct buf *out, const char *role, bool is_for_use, struct err *e)
{
    if (buf_addf(out, e, "%s%s\n", role_line, role) != 0)
        return -1;
    return is_for_use ? 0 : buf_addf(out, e, "%s\n", mark_line);
}

int pkg_keyfile_write(const char *prefix, const char *role, bool is_for_use,
                      const struct pkg_key *key, struct err *e)
{
    char private_path[FILE_PATH_MAX];
    char public_path[FILE_PATH_MAX];
    struct buf private_text = buf_init(PKG_KEY_FILE_MAX);
    struct buf public_text = buf_init(PKG_KEY_FILE_MAX);
    int rc = -1;

    if (snprintf(private_path, sizeof private_path, "%s.key", prefix) >= FILE_PATH_MAX ||
        snprintf(public_path, sizeof public_path, "%s.pub", prefix) >= FILE_PATH_MAX) {
        err_set(e, ERR_INPUT, "path too long: %s", prefix);
        goto out;
    }
    if (file_exists(public_path)) {
        err_set(e, ERR_INPUT, "%s exists already; keys are never replaced, choose another prefix",
                public_path);
        goto out;
    }
    if (add_marks(&private_text, role, is_for_use, e) != 0 ||
        add_marks(&public_text, role, is_for_use, e) != 0 ||
        pkg_key_write_private(key, &private_text, e) != 0 ||
        pkg_key_write_public(key, &public_text, e) != 0)
        goto out;
    if (file_write(private_path, private_text.data, private_text.len, 0600, e) != 0 ||
        file_write(public_path, public_text.data, public_text.len, 0644, e) != 0)
        goto out;
    rc = 0;
out:
    pkg_key_wipe(&private_text);
    buf_release(&public_text);
    return rc;
}

static int read_marks(const char *text, const char *end, struct pkg_keyfile *out, struct err *e)
{
    size_t role_len = strlen(role_line);

    for (const char *line = text; line < end;) {
        size_t len = strcspn(line, "\r\n");

        if (len == strlen(mark_line) && strncmp(line, mark_line, len) == 0) {
            out->is_for_use = false;
        } else if (strncmp(line, role_line, role_len) == 0) {
            (void)snprintf(out->role, sizeof out->role, "%.*s", (int)(len - role_len),
                           line + role_len);
            if (!pkg_keyfile_is_role(out->role))
                return err_set(e, ERR_INPUT, "unknown role \"%s\" in the key file", out->role);
        }
        line += len;
        line += strspn(line, "\r\n");
    }
    return 0;
}

/* The text, and what the open file itself is: its path may name another one by now. */
static int read_open(const char *path, struct buf *text, struct stat *st, struct err *e)
{
    char chunk[4096];
    ssize_t n;
    int rc = -1;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) /* a key that cannot be opened is the caller's to mend */
        return err_set(e, ERR_INPUT, "cannot open %s: %s", path, strerror(errno));
    if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) {
        err_set(e, ERR_INPUT, "%s is not a regular file", path);
        goto out;
    }
    do {
        n = read(fd, chunk, sizeof chunk);
        if (n > 0 && buf_add(text, chunk, (size_t)n, e) != 0) {
            err_context(e, "%s", path);
            goto out;
        }
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n == 0)
        rc = buf_add(text, "", 0, e);
    else
        err_errno(e, errno, "cannot read %s", path);
out:
    (void)close(fd);
    return rc;
}

/* Group or other access, or another owner, gives a private key away. */
static int check_private(const char *path, const struct stat *st, struct err *e)
{
    if ((st->st_mode & 077) != 0)
        return err_set(e, ERR_INPUT, "private key %s has mode %04o, others can read it; run: chmod 600",
                       path, (unsigned int)(st->st_mode & 07777));
    if (geteuid() != 0 && st->st_uid != geteuid())
        return err_set(e, ERR_INPUT, "private key %s belongs to user %lu, not to you", path,
                       (unsigned long)st->st_uid);
    return 0;
}

int pkg_keyfile_read(const char *path, struct pkg_keyfile *out, struct err *e)
{
    struct pkg_keyfile file = {NULL, false, true, ""};
    struct buf text = buf_init(PKG_KEY_FILE_MAX);
    struct stat st;
    const char *begin;
    int rc = -1;

    if (read_open(path, &text, &st, e) != 0)
        goto out;
    begin = strlen(text.data) == text.len ? strstr(text.data, "-----BEGIN ") : NULL;
    if (begin == NULL) {
        err_set(e, ERR_INPUT, "%s holds no key: no -----BEGIN line", path);
        goto out;
    }
    file.is_private = strstr(begin, "PRIVATE KEY-----") != NULL;
    if ((file.is_private && check_private(path, &st, e) != 0) ||
        read_marks(text.data, begin, &file, e) != 0)
        goto out;
    if ((file.is_private ? pkg_key_parse_private(begin, strlen(begin), &file.key, e)
                         : pkg_key_parse_public(begin, strlen(begin), &file.key, e)) != 0) {
        err_context(e, "%s", path);
        goto out;
    }
    *out = file;
    file.key = NULL;
    rc = 0;
out:
    pkg_keyfile_release(&file);
    pkg_key_wipe(&text);
    return rc;
}

void pkg_keyfile_release(struct pkg_keyfile *file)
{
    pkg_key_free(file->key);
    file->key = NULL;
}

int pkg_keyfile_read_signer(const char *path, const char *role, const char *elsewhere,
                            struct pkg_keyfile *out, struct err *e)
{
    struct pkg_keyfile file;

    if (pkg_keyfile_read(path, &file, e) != 0)
        return -1;
    pkg_key_set_elsewhere(file.key, elsewhere);
    if (!file.is_private && elsewhere == NULL)
        err_set(e, ERR_INPUT, "%s is a public key; give the private one, or --signatures with a folder for those made elsewhere", path);
    else if (file.role[0] != '\0' && strcmp(file.role, role) != 0)
        err_set(e, ERR_INPUT, "%s is a %s key; this needs a %s key", path, file.role, role);
    else {
        *out = file;
        return 0;
    }
    pkg_keyfile_release(&file);
    return -1;
}
