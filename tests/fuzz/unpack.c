/*
 * tests/fuzz/unpack.c - an archive to unpack: what the verifier takes for a whole bag becomes exactly
 * its files, and of anything else there is nothing, neither in the folder nor beside it.  Every input
 * is taken as it is, and once more with the right checksum in every header.
 */
#include "tests/fuzz/bag.h"
#include "tests/fuzz/fuzz.h"

#include "base/file.h"
#include "packager/unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[FILE_PATH_MAX]; /* fuzz_folder()/unpack: the archive and the folder "in", where all goes */
static bool is_there;

static const char *in(const char *name)
{
    static char path[3 * FILE_PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", top, name);
    return path;
}

/* of a bag that is whole */
static void compare(const char *name, const void *data, size_t size)
{
    struct buf got;
    struct err e;
    char path[FILE_PATH_MAX];

    if (!is_there)
        return;
    fuzz_claim(strncmp(name, "bag/", 4) == 0, "a member of a bag is in it");
    snprintf(path, sizeof path, "in/u/%s", name + 4);
    fuzz_claim(file_read(in(path), size + 1, &got, &e) == 0, "every member is a file");
    fuzz_claim(got.len == size && (size == 0 || memcmp(got.data, data, size) == 0), "of its bytes");
    buf_release(&got);
}

static size_t count(const char *folder)
{
    struct file_list list = {NULL, 0, 0};
    struct err e;
    size_t n;

    fuzz_claim(file_list_tree(in(folder), &list, &e) == 0, "there are only files and folders");
    n = list.count;
    file_list_release(&list);
    return n;
}

static bool unpack(const char *p, size_t n)
{
    struct pkg_bag_result result;
    struct err e = {ERR_NONE, ""};
    char archive[FILE_PATH_MAX], to[FILE_PATH_MAX];
    size_t members;

    snprintf(top, sizeof top, "%.4000s/unpack", fuzz_folder());
    fuzz_claim(file_make_folders(in("in"), &e) == 0, "there is a folder");
    snprintf(archive, sizeof archive, "%s", in("archive"));
    snprintf(to, sizeof to, "%s", in("in/u"));
    fuzz_claim(file_write(archive, p, n, 0600, &e) == 0, "there is an archive");
    is_there = pkg_unpack(archive, to, &result, &e) == 0;
    if (!is_there && e.kind != ERR_REFUTED)
        fuzz_says(e.text);
    fuzz_claim(is_there || e.kind == ERR_REFUTED, "what is refused is refuted");
    fuzz_claim(is_there == file_exists(to), "the folder is there when it is said to be");
    members = bag_members(p, n, compare);
    fuzz_claim(is_there == (members > 0), "it is unpacked when the verifier takes it for whole");
    fuzz_claim(count("in") == members, "there is nothing in the folder but its members");
    fuzz_claim(count("") == members + 1, "nor beside it");
    fuzz_claim(is_there || rmdir(in("in")) == 0, "nothing is left of what is refused");
    fuzz_claim(file_remove_tree(top, &e) == 0, "it can be removed");
    return is_there;
}

bool fuzz_target(const char *p, size_t n)
{
    char *repaired = malloc(n + 1);
    bool ok = unpack(p, n);

    fuzz_claim(repaired != NULL, "there is memory");
    if (n > 0)
        memcpy(repaired, p, n);
    bag_repair(repaired, n);
    if (!ok && n > 0 && memcmp(repaired, p, n) != 0)
        ok = unpack(repaired, n);
    free(repaired);
    return ok;
}
