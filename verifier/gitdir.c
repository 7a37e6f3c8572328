/* verifier/gitdir.c - see gitdir.h.  Includes libc only. */
#define _DEFAULT_SOURCE /* DT_REG */
#include "verifier/gitdir.h"

#include "verifier/file.h"
#include "verifier/limits.h"
#include "verifier/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scan {
    struct arena *arena;
    size_t count;
    bool partial;
    struct err *e;
};

static const char *path_of(struct scan *s, const char *folder, const char *name)
{
    return vfy_mem_print(s->arena, "%s/%s", folder, name);
}

static int check_files(struct scan *s, const char *folder, int depth);

/* what folders say of a file spares asking for it; not all of them do */
static int check_file(struct scan *s, const char *folder, const struct dirent *entry, int depth)
{
    const char *name = entry->d_name, *end = strrchr(name, '.');
    bool is_file = entry->d_type == DT_REG, is_folder = entry->d_type == DT_DIR;
    struct stat st;

    if (++s->count > VFY_MAX_REPO_FILES)
        return vfy_err_set(s->e, E_LIMIT_COUNT, path_of(s, folder, name), "more files than MAX_REPO_FILES; git gc packs them");
    if (!is_file && !is_folder) {
        if (lstat(path_of(s, folder, name), &st) != 0)
            return vfy_err_set(s->e, E_IO, path_of(s, folder, name), "%s", strerror(errno));
        is_file = S_ISREG(st.st_mode);
        is_folder = S_ISDIR(st.st_mode);
    }
    if (!(is_file || (is_folder && depth < 3)) || strcmp(name, "alternates") == 0)
        return vfy_err_set(s->e, E_REPO_UNSAFE, path_of(s, folder, name),
                           "an object database of its own has regular files and no alternates");
    s->partial = s->partial || (end != NULL && strcmp(end, ".promisor") == 0);
    return is_folder ? check_files(s, path_of(s, folder, name), depth + 1) : 0;
}

/* Regular files and folders only, seen before libgit2 opens one: a FIFO would never end. */
static int check_files(struct scan *s, const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int rc = 0;

    if (dir == NULL) {
        vfy_mem_doubt(errno == ENOMEM);
        return vfy_err_set(s->e, E_IO, folder, "cannot list it: %s", strerror(errno));
    }
    while (errno = 0, rc == 0 && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = check_file(s, folder, entry, depth);
    if (rc == 0 && errno != 0)
        rc = vfy_err_set(s->e, E_IO, folder, "cannot list it: %s", strerror(errno));
    closedir(dir);
    return rc;
}

/* The file's text; "" when it is not there. */
static int read_text(struct arena *a, const char *path, const char **text, struct err *e)
{
    struct stat st;
    char *data;
    size_t n;

    *text = "";
    if (lstat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : vfy_err_set(e, E_IO, path, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return vfy_err_set(e, E_REPO_UNSAFE, path, "not a regular file");
    if (vfy_file_read(a, path, VFY_MAX_PACKET_FILE_BYTES, &data, &n, e) != 0)
        return -1;
    *text = n > 0 ? data : "\n"; /* an empty reference is no missing one */
    return 0;
}

/* a file of its own, else a line of packed-refs */
int vfy_gitdir_tip(struct arena *a, const char *path, const char *name, char tip[VFY_OID], struct err *e)
{
    const char *text, *line, *end = vfy_mem_print(a, " %s\n", name);

    if (read_text(a, vfy_mem_print(a, "%s/%s", path, name), &text, e) != 0)
        return -1;
    if (*text == '\0') {
        if (read_text(a, vfy_mem_print(a, "%s/packed-refs", path), &text, e) != 0)
            return -1;
        line = strstr(text, end);
        if (line == NULL)
            return vfy_err_set(e, E_REPO_MISSING, name, "the repository has no such branch");
        while (line > text && line[-1] != '\n')
            line--;
        text = vfy_mem_print(a, "%.*s", (int)strcspn(line, " "), line);
    }
    if (strncmp(text, "ref:", 4) == 0)
        return vfy_err_set(e, E_REPO_MISMATCH, name, "it points to another reference");
    text = vfy_mem_print(a, "%.*s", (int)strcspn(text, "\n"), text);
    if (!vfy_text_hex(text, VFY_OID - 1))
        return vfy_err_set(e, E_REPO_UNSAFE, name, "not the SHA-1 of a commit");
    memcpy(tip, text, VFY_OID);
    return 0;
}

enum { PLACES = 1024, NAME = 20 }; /* of an index: the table that it begins with, or has behind 8 bytes; an id */

/* of a pack, or of its index: the first bytes and the last ones */
struct ends {
    unsigned char first[PLACES], last[2 * NAME];
    off_t size;
};

/* 1 when it is not there any more, as behind git gc */
static int read_ends(const char *path, struct ends *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), number = errno;
    struct stat st;
    bool is_known, is_file, is_read = false;

    if (fd < 0)
        return number == ENOENT ? 1 : vfy_err_set(e, E_IO, path, "%s", strerror(number));
    memset(out, 0, sizeof *out);
    is_known = fstat(fd, &st) == 0;
    is_file = is_known && S_ISREG(st.st_mode);
    out->size = is_file ? st.st_size : 0;
    if (out->size >= 2 * NAME)
        is_read = pread(fd, out->first, PLACES, 0) == (out->size < PLACES ? out->size : PLACES) &&
                  pread(fd, out->last, 2 * NAME, out->size - 2 * NAME) == 2 * NAME;
    number = errno;
    close(fd);
    if (is_known && out->size < 2 * NAME)
        return vfy_err_set(e, E_REPO_UNSAFE, path, is_file ? "cut short" : "not a regular file");
    return is_read ? 0 : vfy_err_set(e, E_IO, path, "%s", strerror(number));
}

/* of git's second version, or of its first, which is a table, so many entries, and two digests */
static bool is_index(const struct ends *i)
{
    static const unsigned char second[] = {0xff, 't', 'O', 'c', 0, 0, 0, 2};
    off_t count = 0;

    for (int k = PLACES - 4; k < PLACES; k++)
        count = count * 256 + i->first[k];
    return memcmp(i->first, second, sizeof second) == 0 || i->size == PLACES + count * (4 + NAME) + 2 * NAME;
}

/* An index ends with the digest that ends its pack, and its own. */
static int check_pack(struct arena *a, const char *path, struct err *e)
{
    const char *pack = vfy_mem_print(a, "%.*s.pack", (int)(strlen(path) - 4), path);
    struct ends index, packed;
    int rc = read_ends(path, &index, e);

    if (rc == 0)
        rc = read_ends(pack, &packed, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (!is_index(&index))
        return vfy_err_set(e, E_REPO_UNSAFE, path, "not the index of a pack");
    return memcmp(packed.first, "PACK", 4) == 0 && memcmp(index.last, packed.last + NAME, NAME) == 0
               ? 0 : vfy_err_set(e, E_REPO_UNSAFE, pack, "not the pack that its index was made of");
}

int vfy_gitdir_packs(const char *objects, struct err *e)
{
    struct arena a = {NULL, 0};
    const char *folder = vfy_mem_print(&a, "%s/pack", objects), *end;
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int rc = 0, number = errno;

    vfy_mem_doubt(dir == NULL && number == ENOMEM);
    if (dir == NULL)
        rc = number == ENOENT ? 0 : vfy_err_set(e, E_IO, folder, "cannot list it: %s", strerror(number));
    while (dir != NULL && (errno = 0, rc == 0) && (entry = readdir(dir)) != NULL)
        if ((end = strrchr(entry->d_name, '.')) != NULL && strcmp(end, ".idx") == 0)
            rc = check_pack(&a, vfy_mem_print(&a, "%s/%s", folder, entry->d_name), e);
    if (dir != NULL && rc == 0 && errno != 0)
        rc = vfy_err_set(e, E_IO, folder, "cannot list it: %s", strerror(errno));
    if (dir != NULL)
        closedir(dir);
    vfy_mem_release(&a);
    return rc;
}

int vfy_gitdir_check(struct arena *a, const char *path, const char **objects, char tip[VFY_OID], bool *partial,
                     struct err *e)
{
    struct scan scan = {.arena = a, .e = e};
    struct stat st;

    *objects = vfy_mem_print(a, "%s/objects", path);
    if (lstat(*objects, &st) != 0 || S_ISREG(st.st_mode))
        return vfy_err_set(e, E_IO, path, lstat(path, &st) != 0 ? "there is nothing of that name"
                           : lstat(vfy_mem_print(a, "%s/.git", path), &st) == 0
                               ? "no bare git repository is there but a working tree; name its .git"
                               : "no bare git repository is there");
    if (!S_ISDIR(st.st_mode))
        return vfy_err_set(e, E_REPO_UNSAFE, *objects, "not a folder");
    if (check_files(&scan, *objects, 0) != 0)
        return -1;
    *partial = scan.partial || lstat(vfy_mem_print(a, "%s/shallow", path), &st) == 0;
    return vfy_gitdir_tip(a, path, "refs/heads/main", tip, e);
}
