/*
 * tests/fuzz/tree.c - a tree object below the tip of a repository.  Two objects that an entry
 * may name are there: the empty tree, and one with a single file.
 */
#include "tests/fuzz/insider.h"

#include "verifier/git.h"

#include <stdio.h>
#include <string.h>

static const char person[] = "x <x@example.org> 1700000000 +0000";

/* how git compares names: a folder's as if a slash followed */
static int order(const char *a, bool a_tree, const char *b, bool b_tree)
{
    size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    int c = memcmp(a, b, n);
    unsigned char x = a[n] != '\0' ? (unsigned char)a[n] : a_tree ? '/' : 0;
    unsigned char y = b[n] != '\0' ? (unsigned char)b[n] : b_tree ? '/' : 0;

    return c != 0 ? c : x - y;
}

/* the object as git itself would write it: modes, names, order; each entry is in the list */
static void check_canonical(const char *p, size_t n, const struct git_file *files, size_t count)
{
    const char *end = p + n, *previous = "";
    bool previous_tree = false;

    while (p < end) {
        const char *name = memchr(p, ' ', (size_t)(end - p)), *nul;
        bool tree = n > 6 && memcmp(p, "40000 ", 6) == 0, listed = false;
        char path[300];

        fuzz_claim(name != NULL && (tree || memcmp(p, "100644 ", 7) == 0), "a mode is 100644 or 40000");
        name++;
        nul = memchr(name, '\0', (size_t)(end - name));
        fuzz_claim(nul != NULL && end - nul > 20, "an entry is whole");
        fuzz_claim(*name != '\0' && strchr(name, '/') == NULL, "a name is one part of a path");
        fuzz_claim(strcmp(name, ".") != 0 && strcmp(name, "..") != 0, "a name is not a dot");
        fuzz_claim(order(previous, previous_tree, name, tree) < 0, "entries are sorted, each once");
        snprintf(path, sizeof path, "%.290s%s", name, tree ? "/" : "");
        for (size_t i = 0; i < count; i++)
            listed = listed || strcmp(files[i].path, path) == 0;
        fuzz_claim(listed, "every entry is listed");
        previous = name;
        previous_tree = tree;
        p = nul + 21;
    }
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct git *g = NULL;
    struct git_file *files = NULL;
    struct err lack = {VFY_NO_CODE, "", ""}, e = {VFY_NO_CODE, "", ""};
    char tree[VFY_OID], commit[VFY_OID], tip[VFY_OID], other[VFY_OID], one[] = "100644 f\0" "12345678901234567890";
    const char *text;
    size_t count = 0;
    bool ok;

    insider_object(&a, "tree", "", 0, other);
    insider_object(&a, "tree", one, sizeof one - 1, other);
    insider_object(&a, "tree", p, n, tree);
    text = vfy_mem_print(&a, "tree %s\nauthor %s\ncommitter %s\n\nx\n", tree, person, person);
    insider_object(&a, "commit", text, strlen(text), commit);
    insider_branch(&a, commit);
    ok = vfy_git_open(&a, fuzz_folder(), &g, tip, &e) == 0 && vfy_git_changes(&a, g, tip, "", &files, &count, &lack, &e) == 0;
    vfy_git_free(g);
    insider_forget(&a, tree);
    insider_forget(&a, commit);
    for (size_t i = 0; i < count && ok; i++) {
        fuzz_says(files[i].path);
        fuzz_claim(i == 0 || strcmp(files[i - 1].path, files[i].path) < 0, "the list is sorted, each path once");
    }
    if (ok)
        check_canonical(p, n, files, count);
    else
        insider_refused(&e, "E_REPO_ E_LIMIT_");
    vfy_mem_release(&a);
    return ok;
}
